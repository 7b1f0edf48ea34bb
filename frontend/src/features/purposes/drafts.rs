//! Suggested wordings of marketing consents, one for each channel (PKE art. 398). A place to begin, not legal advice.

use zgoda_domain::consent::{Channel, Language};

/// What stands where the company's name has to be written.
pub const fn blank(language: Language) -> &'static str {
    match language {
        Language::Pl => "[NAZWA FIRMY]",
        Language::En => "[COMPANY NAME]",
    }
}

/// A suggestion that names the channel, the purpose and the company.
pub fn suggestion(language: Language, channel: Channel, purpose: &str, company: &str) -> String {
    let company = Some(company.trim()).filter(|name| !name.is_empty()).unwrap_or(blank(language));
    match language {
        Language::Pl => {
            let sent =
                format!("Wyrażam zgodę na otrzymywanie informacji handlowych (nadawca: {company}) w celu „{purpose}”");
            let ask = match channel {
                Channel::General => format!(
                    "Wyrażam zgodę na przetwarzanie moich danych (administrator: {company}) w celu „{purpose}”."
                ),
                Channel::Email => format!("{sent} pocztą elektroniczną, na podany adres e-mail."),
                Channel::Sms => format!("{sent} w wiadomościach SMS, na podany numer telefonu."),
                Channel::Phone => format!(
                    "Wyrażam zgodę na rozmowy telefoniczne o charakterze marketingowym (dzwoni: {company}) w celu „{purpose}”, pod podanym numerem telefonu."
                ),
                Channel::Post => format!("{sent} pocztą tradycyjną, na podany adres."),
            };
            format!(
                "{ask} Zgoda jest dobrowolna. Mogę ją wycofać w każdej chwili; to, co działo się przed wycofaniem, pozostaje zgodne z prawem."
            )
        }
        Language::En => {
            let sent =
                format!("I agree to receive commercial information (sender: {company}) for the purpose “{purpose}”");
            let ask = match channel {
                Channel::General => {
                    format!("I agree that my data is processed (controller: {company}) for the purpose “{purpose}”.")
                }
                Channel::Email => format!("{sent} by e-mail, at the address given."),
                Channel::Sms => format!("{sent} by text message, at the number given."),
                Channel::Phone => format!(
                    "I agree to marketing calls (caller: {company}) for the purpose “{purpose}”, at the telephone number given."
                ),
                Channel::Post => format!("{sent} by post, at the address given."),
            };
            format!("{ask} This consent is free. I can withdraw it at any time; what was done before stays lawful.")
        }
    }
}
