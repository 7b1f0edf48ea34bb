//! Which column becomes what.

use super::{
    column_row::ColumnRow,
    import_page::{Known, StepEnd},
    plan::{Plan, Step, code},
};
use crate::{
    data::Sending,
    problems::Failure,
    session::{use_api, use_session},
    ui::{Icon, Summary, Svg, use_toasts},
    words::{ImportWords, Words, use_import_words, use_words},
};
use leptos::prelude::*;
use zgoda_api_types::custom_fields::{CreateCustomField, CustomField};
use zgoda_client::{Api, ApiError};
use zgoda_domain::{
    access::Right,
    client::BuiltinField,
    custom_field::FieldKind,
    field_ref::FieldRef,
    id::FieldId,
    import::{ColumnTarget, ConsentColumn},
};

/// Targets under one heading: their code and their name.
pub type Group = (&'static str, Vec<(String, String)>);

/// Every column with samples of what is in it.
#[component]
pub fn ColumnsStep(plan: Plan, known: Known) -> impl IntoView {
    let (w, d) = (use_words(), use_import_words());
    let (api, session, toasts) = (StoredValue::new(use_api()), use_session(), use_toasts());
    let restrictions = StoredValue::new(session.restrictions());
    let groups = Memo::new(move |_| {
        restrictions.with_value(|it| known.fields.with(|fields| groups(w, d, fields, |field| it.opens(field))))
    });
    let makes = session.may(Right::ConfigureFields);
    let sending = Sending::new();
    // Columns that hold something and go nowhere yet.
    let homeless = Memo::new(move |_| {
        plan.columns.with(|columns| {
            let homeless = columns.iter().filter(|column| {
                column.target.get() == ColumnTarget::Ignore && column.about.with_value(|about| about.filled > 0)
            });
            homeless.count() as u64
        })
    });
    let several = move || homeless.get() > 1;
    let make_all = move |_| {
        let wanted: Vec<_> = plan.columns.with_untracked(|columns| {
            let homeless = columns.iter().filter(|column| {
                column.target.get_untracked() == ColumnTarget::Ignore
                    && column.about.with_value(|about| about.filled > 0)
            });
            homeless.map(|column| (*column, column.about.with_value(|about| about.new_field.clone()))).collect()
        });
        let api = api.get_value();
        let call = async move {
            let mut made = 0;
            for (column, field) in wanted {
                let body =
                    CreateCustomField { name: field.name, kind: field.kind, options: field.options, sensitive: false };
                let id = make(&api, &body, known).await?;
                column.target.try_set(ColumnTarget::Field(FieldRef::Custom(id)));
                made += 1;
            }
            Ok(made)
        };
        sending.run(call, move |made| toasts.say(w.count(made, d.fields_made_n)));
    };
    let consents = Memo::new(move |_| plan.targets().iter().any(|target| matches!(target, ColumnTarget::Consent(_))));
    let checking = Sending::new();
    // Whichever of two columns is changed mends both.
    Effect::new(move || {
        plan.targets();
        checking.clear();
    });
    let next = move |()| {
        let wrong = plan.column_complaints();
        if wrong.is_empty() {
            checking.clear();
            plan.step.set(Step::Origin);
        } else {
            checking.complain(Failure::invalid(wrong));
        }
    };
    let label = move |pointer: String| match pointer.strip_prefix("/columns/") {
        Some(at) => at.parse().ok().map(|at| plan.column_name(at)),
        None => (pointer == "/columns").then(|| d.columns_title.to_owned()),
    };
    let rows = move || {
        let columns = plan.columns.get().into_iter().enumerate();
        columns.map(|(at, column)| view! { <ColumnRow plan at column known groups makes /> }).collect_view()
    };
    view! {
        <section class="panel">
            <h2 class="panel__title" id="step" tabindex="-1">{d.columns_title}</h2>
            <p class="faint">{d.columns_text}</p>
            <Summary sending=checking label />
            <Summary sending label=move |pointer: String| (pointer == "/name").then(|| w.name.to_owned()) />
            <Show when=move || consents.get()>
                <div class="note note--wait"><Svg icon=Icon::Shield /><p>{d.consent_columns}</p></div>
            </Show>
            {makes.then(|| view! {
                <Show when=several>
                    <p class="actions">
                        <button type="button" class="button button--sentence" disabled=move || sending.is_busy() on:click=make_all>
                            <Svg icon=Icon::Plus />
                            {move || d.make_all_fields(w, homeless.get())}
                        </button>
                    </p>
                </Show>
            })}
            <ul class="mapping">{rows}</ul>
        </section>
        <StepEnd plan back=Step::File next=d.to_origin what=d.to_origin_what on_next=next />
    }
}

/// Makes a custom field, and knows it from then on.
pub async fn make(api: &Api, body: &CreateCustomField, known: Known) -> Result<FieldId, ApiError> {
    let created = api.create_custom_field(body, None).await?;
    let fields = api.custom_fields().await?;
    known.fields.try_set(fields);
    Ok(FieldId::from_uuid(created.id))
}

/// Everything that a column can become.
fn groups(w: &Words, d: &ImportWords, fields: &[CustomField], opens: impl Fn(FieldRef) -> bool) -> Vec<Group> {
    let live = || fields.iter().filter(|field| field.deleted_at.is_none());
    let entry = |target: ColumnTarget, label: &str| (code(&target), label.to_owned());
    let builtin = BuiltinField::ALL.into_iter().filter(|field| !field.is_system());
    let builtin = builtin.map(FieldRef::Builtin).zip(BuiltinField::ALL).filter(|(field, _)| opens(*field));
    let mut card: Vec<_> = builtin.map(|(field, it)| entry(ColumnTarget::Field(field), w.builtin(it))).collect();
    card.push(entry(ColumnTarget::Kind, d.target_kind));
    card.push(entry(ColumnTarget::Tags, d.target_tags));
    let custom = live().filter(|field| field.kind != FieldKind::Consent && opens(FieldRef::Custom(field.id)));
    let custom = custom.map(|field| entry(ColumnTarget::Field(FieldRef::Custom(field.id)), &field.name)).collect();
    let consents = live().filter_map(|field| {
        let consent = ConsentColumn { purpose_id: field.purpose_id?, channel: field.channel? };
        Some(entry(ColumnTarget::Consent(consent), &w.field_name(field)))
    });
    vec![(d.group_card, card), (w.custom_fields, custom), (w.consents, consents.collect())]
}
