//! Modal dialogs on the browser's own `<dialog>`: focus stays inside and returns to where it was.

use crate::{
    session::Session,
    ui::{Icon, Svg, fresh_id},
    words::use_words,
};
use leptos::{html, prelude::*};

/// A modal dialog, open for as long as it is mounted. The first control in it gets the focus.
#[component]
pub fn Dialog(
    #[prop(into)] title: String,
    /// Asked for by Escape and the close button; the owner then unmounts the dialog.
    #[prop(into)]
    on_close: Callback<()>,
    /// For dialogs with a table or a long text.
    #[prop(optional)]
    wide: bool,
    children: Children,
) -> impl IntoView {
    let w = use_words();
    let node = NodeRef::<html::Dialog>::new();
    let heading = fresh_id("dialog");
    let labelled_by = heading.clone();
    // Not over the lock: it waits until the page can be seen.
    let session = use_context::<Session>();
    Effect::new(move || {
        if let Some(dialog) = node.get()
            && !session.is_some_and(Session::is_locked)
            && !dialog.open()
        {
            let _ = dialog.show_modal();
        }
    });
    // Closed before it leaves the page: only then the browser gives the focus back.
    on_cleanup(move || {
        if let Some(Some(dialog)) = node.try_get_untracked() {
            dialog.close();
        }
    });
    view! {
        <dialog
            class="dialog"
            class:dialog--wide=wide
            node_ref=node
            aria-labelledby=labelled_by
            on:cancel=move |event: web_sys::Event| {
                event.prevent_default();
                on_close.run(());
            }
        >
            <h2 class="dialog__title" id=heading>{title}</h2>
            {children()}
            <button type="button" class="button button--quiet button--icon dialog__close" on:click=move |_| on_close.run(())>
                <Svg icon=Icon::Close />
                <span class="visually-hidden">{w.close}</span>
            </button>
        </dialog>
    }
}

/// Asks before something that has consequences; says what they are.
#[component]
pub fn Confirm(
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    #[prop(into)] action: String,
    #[prop(into)] on_confirm: Callback<()>,
    #[prop(into)] on_close: Callback<()>,
) -> impl IntoView {
    let w = use_words();
    view! {
        <Dialog title on_close>
            <p class="dialog__text">{text}</p>
            <div class="dialog__actions">
                <button type="button" class="button" on:click=move |_| on_close.run(())>{w.cancel}</button>
                <button type="button" class="button button--danger" on:click=move |_| on_confirm.run(())>{action}</button>
            </div>
        </Dialog>
    }
}
