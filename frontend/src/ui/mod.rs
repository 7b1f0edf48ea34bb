//! Looks: small components that know words but no feature.

mod dialog;
mod fields;
mod icons;
mod keys;
mod menu;
mod networks;
mod page;
mod proof;
mod reorder;
mod rights;
mod settings_form;
mod states;
mod table;
mod tag;
mod toast;
mod unread;

pub use dialog::{Confirm, Dialog};
pub use fields::{
    Choice, FileField, FixedField, Frame, PasswordField, SelectField, TextArea, TextField, Tick, Ticks, described_by,
    field_id,
};
pub use icons::{Icon, Svg};
pub use keys::{KeyRow, Keys, KeysHelp, SPACE, use_keys};
pub use menu::{CloseMenu, Menu, MenuItem, Popover};
pub use networks::{NetworksField, read_networks, typed_networks};
pub use page::{Avatar, BackLink, Badge, CopyBlock, MASK, Masked, PageHead, SubmitButton, TabBar, Tone};
pub use proof::{Asking, ProofCalls, ProofForm};
pub use reorder::{Axis, Reorder};
pub use rights::{RightsGrid, RightsHands, rights_words};
pub use settings_form::SettingsForm;
pub use states::{Await, Empty, Failed, Outdated, PagedTail, Skeleton, Summary};
pub use table::{SkeletonRows, SortHeader, next_direction};
pub use tag::TagMark;
pub use toast::{ToastHost, Toasts, use_toasts};
pub use unread::{guard_forms, refuse_unread, take_typed, unread_within};

use std::sync::atomic::{AtomicU32, Ordering};

/// A fresh element id, for things that refer to each other.
pub(crate) fn fresh_id(prefix: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{prefix}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}
