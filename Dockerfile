# One file is the whole program: it is built here and copied into a small image without compilers.
FROM rust:1.95-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends libssl-dev pkg-config \
 && rustup target add wasm32-unknown-unknown
WORKDIR /src
# By name, so that data folders and keys beside the sources can never get into an image. rust-toolchain.toml stays
# out: the image brings its compiler.
COPY Cargo.toml Cargo.lock clippy.toml ./
COPY crates crates
COPY migrations migrations
COPY frontend frontend
COPY xtask xtask
COPY embed embed
COPY openapi openapi
COPY scripts scripts
RUN scripts/release

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates libssl3 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin zgoda \
 && install -d -o zgoda -g zgoda -m 700 /data /keys
COPY --from=build /src/target/release/zgoda /usr/local/bin/zgoda
USER zgoda
# The key stands apart from the data: a copy of one is worth nothing without the other.
ENV ZGODA_LISTEN=0.0.0.0:8080 ZGODA_DATA_DIR=/data ZGODA_MASTER_KEY_FILE=/keys/master.key
VOLUME ["/data", "/keys"]
EXPOSE 8080
ENTRYPOINT ["zgoda"]
CMD ["serve"]
