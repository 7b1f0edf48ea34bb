//! A few clients who are on two cards, as happens when several people enter them.

use super::{email, person, phone, pick};
use zgoda_domain::{
    client::{BuiltinField, ClientInput, ClientKind},
    registry::Nip,
};

const COMPANY: [&str; 5] =
    ["Drukarnia Pod Lipami", "Meble Znad Wisły", "Cukiernia Makowa", "Warsztat Na Rogu", "Kwiaty u Jadwigi"];

/// What stands on card `n` where that is somebody's second card, or a company that has one. Only cards that staff enters.
pub(super) fn instead(n: usize) -> Option<ClientInput> {
    let mut card = ClientInput::default();
    let mut set = |field, text: &str| card.set(field, Some(text.to_owned()));
    match n % 60 {
        // One company, entered by two people.
        54 => {
            set(BuiltinField::Name, &format!("{} sp. z o.o.", pick(&COMPANY, n / 60)));
            set(BuiltinField::Nip, &nip(n / 60));
            set(BuiltinField::City, "Lublin");
            set(BuiltinField::Street, "ul. Lipowa 3");
            set(BuiltinField::PostCode, "20-020");
        }
        57 => {
            set(BuiltinField::Name, &pick(&COMPANY, n / 60).to_uppercase());
            set(BuiltinField::Nip, &nip(n / 60));
            set(BuiltinField::Email, &format!("faktury{}@example.com", n / 60 + 1));
            set(BuiltinField::Note, "Faktury wysyłać e-mailem.");
        }
        // Somebody who gave another surname, and the number without the country's code.
        58 => {
            let first = person(n - 5);
            set(BuiltinField::FirstName, first.get(BuiltinField::FirstName).unwrap_or("Maria"));
            set(BuiltinField::LastName, "Nowicka-Wiśniewska");
            set(BuiltinField::MobilePhone, phone(n - 5).trim_start_matches("+48 "));
            set(BuiltinField::City, "Poznań");
        }
        // Somebody written in a hurry, with the same address.
        59 => {
            let first = person(n - 7);
            let initial = first.get(BuiltinField::FirstName).and_then(|name| name.chars().next());
            let name = match (initial, first.get(BuiltinField::LastName), first.get(BuiltinField::Name)) {
                (Some(initial), Some(last), _) => format!("{initial}. {last}"),
                (_, _, name) => name.unwrap_or_default().to_uppercase(),
            };
            set(BuiltinField::Name, &name);
            set(BuiltinField::Email, &email(n - 7).to_uppercase());
            set(BuiltinField::Note, "Oddzwonić po targach.");
        }
        _ => return None,
    }
    if matches!(n % 60, 54 | 57) || (n % 60 == 59 && person(n - 7).kind == ClientKind::Company) {
        card.kind = ClientKind::Company;
    }
    Some(card)
}

/// An invented NIP with the right check digit.
fn nip(number: usize) -> String {
    let from = 526_000_100 + number * 10;
    let mut valid = (from..).flat_map(|base| (0..10).map(move |check| format!("{base}{check}")));
    valid.find(|nip| Nip::parse(nip).is_ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use zgoda_domain::client::ClientDetails;

    #[test]
    fn second_cards_are_whole_and_look_like_the_first() {
        let card = |n| ClientDetails::parse(&instead(n).unwrap()).unwrap();
        let own = |n| ClientDetails::parse(&person(n)).unwrap();
        for n in [0, 60, 240] {
            assert_eq!(card(n + 54).get(BuiltinField::Nip), card(n + 57).get(BuiltinField::Nip));
            let number = card(n + 58).get(BuiltinField::MobilePhone).unwrap().replace(' ', "");
            assert!(own(n + 53).get(BuiltinField::Phone).unwrap().replace(' ', "").ends_with(&number));
            let (one, two) = (card(n + 59), own(n + 52));
            assert_eq!(
                one.get(BuiltinField::Email).map(str::to_lowercase),
                two.get(BuiltinField::Email).map(str::to_lowercase)
            );
        }
        assert_ne!(card(54).get(BuiltinField::Nip), card(114).get(BuiltinField::Nip));
        // Those are entered by staff.
        assert!((0..60).filter(|n| instead(*n).is_some()).all(|n| n % 5 >= 2));
    }
}
