//! Texts of tags: the page where they are kept, and their colours.

use zgoda_domain::tag::TagColour;

words! {
    /// Texts of tags in one language.
    struct TagWords;

    tags: "Tagi", "Tags";
    tags_text: "Krótkie nazwy w kolorach, którymi oznaczasz klientów.", "Short names in colours that you mark clients with.";
    add_tag: "Dodaj tag", "Add a tag";
    change_tag: "Zmień tag", "Change the tag";
    tag_added: "Dodano tag.", "The tag was added.";
    tag_deleted: "Usunięto tag.", "The tag was deleted.";
    no_tags: "Nie ma jeszcze tagów", "There are no tags yet";
    no_tags_text: "Dodaj pierwszy tutaj albo na karcie klienta.", "Add the first one here or on a client's card.";
    nobody: "nikt go nie ma", "nobody has it";
    delete_title: "Usunąć tag „{}”?", "Delete the tag “{}”?";
    delete_used: "Zniknie z {}, także tych, których nie widzisz. Zapisane filtry, które o nim mówią, będą wymagały poprawy. Tego nie można cofnąć.", "It goes from {}, also from those you do not see. Saved filters that speak of it will need mending. This cannot be undone.";
    delete_unused: "Nie ma go żaden klient. Zapisane filtry, które o nim mówią, będą wymagały poprawy.", "No client has it. Saved filters that speak of it will need mending.";
    from_n_cards: "karty|kart|kart", "card|cards|cards";
    tag_colour: "Kolor", "Colour";
    grey: "Szary", "Grey";
    red: "Czerwony", "Red";
    orange: "Pomarańczowy", "Orange";
    yellow: "Żółty", "Yellow";
    green: "Zielony", "Green";
    teal: "Morski", "Teal";
    blue: "Niebieski", "Blue";
    purple: "Fioletowy", "Purple";
    pink: "Różowy", "Pink";
}

impl TagWords {
    pub fn colour(&self, colour: TagColour) -> &'static str {
        match colour {
            TagColour::Grey => self.grey,
            TagColour::Red => self.red,
            TagColour::Orange => self.orange,
            TagColour::Yellow => self.yellow,
            TagColour::Green => self.green,
            TagColour::Teal => self.teal,
            TagColour::Blue => self.blue,
            TagColour::Purple => self.purple,
            TagColour::Pink => self.pink,
        }
    }
}
