//! What quick search marks in its answers: `scripts/wasm-tests`.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use zgoda_frontend::features::quick_search::marks::pieces;

wasm_bindgen_test_configure!(run_in_browser);

/// The value with what is marked in brackets.
fn marked(value: &str, typed: &str) -> String {
    let pieces = pieces(value, typed).into_iter();
    pieces.map(|piece| if piece.hit { format!("[{}]", piece.text) } else { piece.text }).collect()
}

#[wasm_bindgen_test]
fn letters_are_marked_whatever_their_case_and_marks() {
    assert_eq!(marked("Żaneta Źdźbło-Łoś", "zdzblo"), "Żaneta [Źdźbło]-Łoś");
    assert_eq!(marked("Jan Kowalski", "KOW jan"), "[Jan] [Kow]alski");
    assert_eq!(marked("anna@example.com", "example"), "anna@[example].com");
    // A letter that is two in lower case moves nothing.
    assert_eq!(marked("İzmir Anna", "anna"), "İzmir [Anna]");
}

#[wasm_bindgen_test]
fn numbers_are_marked_however_they_are_written() {
    assert_eq!(marked("+48 500 100 200", "500-100"), "+48 [500 100] 200");
    assert_eq!(marked("500 100 200", "+48500100200"), "[500 100 200]");
    assert_eq!(marked("5260001246", "PL 526-00"), "[52600]01246");
}

#[wasm_bindgen_test]
fn what_only_resembles_the_text_has_no_mark() {
    assert_eq!(marked("Jan Kowalski", "Kowalsky"), "Jan Kowalski");
    assert_eq!(marked("Jan Kowalski", "  "), "Jan Kowalski");
    assert_eq!(marked("", "x"), "");
}
