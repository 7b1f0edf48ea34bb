//! The rules that a definition has to meet: as a draft, and before visitors see it.

use super::{
    FILE_BYTES_MAX, FormContext, FormDefinition, FormField, FormFieldKind, MAX_FIELDS, MAX_FILES, MAX_ORIGINS, Mapping,
    parse_origin,
};
use crate::{
    consent::LawfulBasis,
    custom_field::{FieldKind, MAX_OPTIONS},
    field_ref::FieldRef,
    form_conduct::is_https,
    rule::{Invalids, Rule},
    text::{LongText, SHORT_MAX, ShortText, one_line},
};

impl FormDefinition {
    /// Checks a draft: whatever is there must be sound. Publishing asks for more: [`Self::check_complete`].
    pub fn check(&self, context: &FormContext<'_>) -> Result<(), Invalids> {
        let mut invalids = Invalids::default();
        invalids.take("/title", ShortText::parse(&self.title));
        invalids.take("/submit_label", ShortText::parse(&self.submit_label));
        invalids.take("/thank_you", LongText::parse(&self.thank_you));
        if let Some(url) = &self.redirect_url
            && !is_https(url)
        {
            invalids.add("/redirect_url", Rule::Malformed);
        }
        if self.allowed_origins.len() > MAX_ORIGINS {
            invalids.add("/allowed_origins", Rule::TooMany { max: MAX_ORIGINS });
        }
        for (at, origin) in self.allowed_origins.iter().enumerate() {
            if parse_origin(origin).as_deref() != Ok(origin) {
                invalids.add(format!("/allowed_origins/{at}"), Rule::Malformed);
            }
        }
        if self.fields.len() > MAX_FIELDS {
            invalids.add("/fields", Rule::TooMany { max: MAX_FIELDS });
        }
        for (at, field) in self.fields.iter().enumerate() {
            let mut inner = field.check(context);
            if self.fields.iter().take(at).any(|earlier| earlier.key == field.key) {
                inner.add("/key", Rule::Duplicate);
            }
            let repeated =
                field.target.is_some() && self.fields.iter().take(at).any(|earlier| earlier.target == field.target);
            if repeated {
                inner.add("/target", Rule::Duplicate);
            }
            if field.kind == FormFieldKind::File {
                let earlier = self.fields.iter().take(at).filter(|earlier| earlier.kind == FormFieldKind::File).count();
                if earlier >= MAX_FILES {
                    inner.add("/kind", Rule::TooMany { max: MAX_FILES });
                }
                if self.confirm_first {
                    // What waits for its confirmation is forgotten after some days: no place for files.
                    inner.add("/kind", Rule::Contradiction);
                }
            }
            let asks = |field: &FormField| field.consent.map(|item| (item.purpose_id, item.channel));
            if asks(field).is_some() && self.fields.iter().take(at).any(|earlier| asks(earlier) == asks(field)) {
                // Two answers to one question.
                inner.add("/consent", Rule::Duplicate);
            }
            invalids.nest(&format!("/fields/{at}"), inner);
        }
        self.check_conduct(&mut invalids);
        invalids.or(Some(()))
    }

    /// What a version needs before visitors see it.
    pub fn check_complete(&self, context: &FormContext<'_>) -> Result<(), Invalids> {
        self.check(context)?;
        let mut invalids = Invalids::default();
        let address = self.address_field();
        for place in self.confirms_by_mail(context.purposes) {
            // A submission without an address could never be confirmed.
            if address.is_none_or(|field| self.confirm_first && !field.required) {
                invalids.add(place, Rule::AddressNeeded);
            }
        }
        if !self.fields.iter().any(|field| !field.kind.is_decoration()) {
            invalids.add("/fields", Rule::Required);
        }
        if self.mapping == Mapping::Client && !self.fields.iter().any(FormField::names_the_client) {
            // Without a name or an address there is no card to make.
            invalids.add("/mapping", Rule::CannotMap);
        }
        self.check_conduct_complete(&mut invalids);
        for (at, field) in self.fields.iter().enumerate() {
            let asked = field.consent.map(|item| item.purpose_id);
            if context.purposes.iter().any(|purpose| asked == Some(purpose.id) && purpose.retired_at.is_some()) {
                invalids.add(format!("/fields/{at}/consent/purpose_id"), Rule::Retired);
            }
            if context.purposes.iter().any(|it| asked == Some(it.id) && it.basis != LawfulBasis::Consent) {
                // Whoever is asked must be able to say no, and here the no would change nothing.
                invalids.add(format!("/fields/{at}/consent/purpose_id"), Rule::NotByConsent);
            }
        }
        invalids.or(Some(()))
    }
}

impl FormField {
    fn check(&self, context: &FormContext<'_>) -> Invalids {
        let mut invalids = Invalids::default();
        if !is_key(&self.key) {
            invalids.add("/key", Rule::Malformed);
        }
        if self.kind == FormFieldKind::StaticText {
            invalids.take("/label", LongText::parse(&self.label));
        } else {
            invalids.take("/label", ShortText::parse(&self.label));
        }
        if let Some(hint) = &self.hint {
            invalids.take("/hint", one_line(hint, SHORT_MAX));
        }
        self.check_options(&mut invalids);
        self.check_target(context, &mut invalids);
        self.check_consent(context, &mut invalids);
        self.check_file(&mut invalids);
        if self.required && self.kind.is_decoration() {
            invalids.add("/required", Rule::Contradiction);
        }
        invalids
    }

    fn check_options(&self, invalids: &mut Invalids) {
        if !self.kind.has_options() {
            if !self.options.is_empty() {
                invalids.add("/options", Rule::WrongKind);
            }
            return;
        }
        if self.options.is_empty() {
            invalids.add("/options", Rule::Required);
        }
        if self.options.len() > MAX_OPTIONS {
            invalids.add("/options", Rule::TooMany { max: MAX_OPTIONS });
        }
        for (at, option) in self.options.iter().enumerate() {
            match ShortText::parse(option) {
                Err(rule) => invalids.add(format!("/options/{at}"), rule),
                Ok(text) if text.as_str() != option => invalids.add(format!("/options/{at}"), Rule::Malformed),
                Ok(_) if self.options.iter().take(at).any(|earlier| earlier == option) => {
                    invalids.add(format!("/options/{at}"), Rule::Duplicate);
                }
                Ok(_) => {}
            }
        }
    }

    fn check_target(&self, context: &FormContext<'_>, invalids: &mut Invalids) {
        let Some(target) = self.target else { return };
        let rule = match target {
            _ if self.kind.is_decoration() || matches!(self.kind, FormFieldKind::Consent | FormFieldKind::File) => {
                Some(Rule::CannotMap)
            }
            FieldRef::Builtin(field) if field.is_system() => Some(Rule::ReadOnly),
            FieldRef::Builtin(_) => None,
            FieldRef::Custom(id) => match context.custom_fields.iter().find(|field| field.id == id) {
                None => Some(Rule::Unknown),
                Some(field) if field.kind == FieldKind::Consent => Some(Rule::ReadOnly),
                Some(field) if field.kind.has_options() && !self.options.iter().all(|o| field.options.contains(o)) => {
                    Some(Rule::CannotMap)
                }
                Some(_) => None,
            },
        };
        if let Some(rule) = rule {
            invalids.add("/target", rule);
        }
    }

    fn check_consent(&self, context: &FormContext<'_>, invalids: &mut Invalids) {
        match (self.kind, &self.consent) {
            (FormFieldKind::Consent, None) => invalids.add("/consent", Rule::Required),
            (FormFieldKind::Consent, Some(item)) => {
                let purpose = context.purposes.iter().find(|purpose| purpose.id == item.purpose_id);
                match purpose {
                    None => invalids.add("/consent/purpose_id", Rule::Unknown),
                    Some(purpose) if !purpose.channels.contains(&item.channel) => {
                        invalids.add("/consent/channel", Rule::Unknown);
                    }
                    Some(purpose) if purpose.is_marketing && self.required => {
                        invalids.add("/required", Rule::ConsentMustBeFree);
                    }
                    Some(_) => {}
                }
                let wording = context.wordings.iter().find(|wording| wording.id == item.wording_id);
                match wording.filter(|wording| wording.purpose_id == item.purpose_id) {
                    None => invalids.add("/consent/wording_id", Rule::Unknown),
                    Some(wording) if wording.channel.is_some_and(|channel| channel != item.channel) => {
                        invalids.add("/consent/wording_id", Rule::OtherChannel);
                    }
                    Some(_) => {}
                }
            }
            (_, Some(_)) => invalids.add("/consent", Rule::WrongKind),
            (_, None) => {}
        }
    }

    fn check_file(&self, invalids: &mut Invalids) {
        match (self.kind, &self.file) {
            (FormFieldKind::File, None) => invalids.add("/file", Rule::Required),
            (FormFieldKind::File, Some(rules)) => {
                if rules.types.is_empty() {
                    invalids.add("/file/types", Rule::Required);
                }
                for (at, taken) in rules.types.iter().enumerate() {
                    if rules.types.iter().take(at).any(|earlier| earlier == taken) {
                        invalids.add(format!("/file/types/{at}"), Rule::Duplicate);
                    }
                }
                if rules.max_bytes == 0 || rules.max_bytes > FILE_BYTES_MAX {
                    invalids.add("/file/max_bytes", Rule::OutOfRange);
                }
            }
            (_, Some(_)) => invalids.add("/file", Rule::WrongKind),
            (_, None) => {}
        }
    }
}

/// Reserved names begin with `_`, so an answer's key never does.
fn is_key(key: &str) -> bool {
    let mut chars = key.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic())
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && key.len() <= 40
}
