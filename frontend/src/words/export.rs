//! Texts of taking clients out.

words! {
    /// Texts of taking clients out in one language.
    struct ExportWords;

    export: "Eksportuj", "Export";
    title: "Eksport klientów", "Export of clients";
    text: "Plik powstanie w tle. Zobaczysz w nim to, co na liście: te kolumny, tę kolejność, a zakryte wartości pozostaną zakryte.", "The file is made in the background. It tells what the list shows: these columns, this order, and what is masked stays masked.";
    leaves: "Pobrany plik nie jest już chroniony przez Zgodę. Usuń go, gdy nie będzie potrzebny.", "Once downloaded, the file is no longer protected by Zgoda. Delete it when it is not needed.";
    count: "Do eksportu", "To be exported";
    nobody: "Nie ma kogo eksportować: żaden klient nie spełnia warunków albo żadnego nie możesz eksportować.", "There is nobody to export: no client matches, or none that you may export.";
    columns: "Kolumny w pliku", "Columns in the file";
    format: "Format", "Format";
    format_xlsx: "Arkusz Excel (XLSX)", "Excel workbook (XLSX)";
    format_csv: "Tekst rozdzielany (CSV)", "Delimited text (CSV)";
    delimiter: "Separator", "Delimiter";
    delimiter_hint: "Polski Excel oczekuje średnika; liczby dziesiętne mają wtedy przecinek.", "A Polish Excel expects semicolons; decimals then have a comma.";
    semicolon: "średnik (;)", "semicolon (;)";
    comma: "przecinek (,)", "comma (,)";
    tab: "tabulator", "tab";
    reason: "Po co ten eksport?", "What is this export for?";
    reason_hint: "Przy więcej niż 100 klientach powód jest wymagany. Trafia do dziennika aktywności razem z liczbą klientów.", "For more than 100 clients a reason is needed. It goes into the activity log together with the number of clients.";
    submit: "Eksportuj", "Export";
    no_columns: "Zaznacz przynajmniej jedną kolumnę.", "Tick at least one column.";
    too_often: "To już piąty eksport w ciągu godziny. Spróbuj później.", "This would be more than five exports within an hour. Try again later.";
    running: "Plik powstaje. Możesz zamknąć to okno i pracować dalej: plik znajdziesz w zadaniach w tle.", "The file is being made. You can close this window and go on: you find the file in the background jobs.";
    done: "Plik jest gotowy. Do pobrania przez 24 godziny, tylko przez Ciebie.", "The file is ready. It can be downloaded for 24 hours, by you alone.";
    broken: "Eksport się nie udał. Powód znajdziesz w zadaniach w tle.", "The export failed. The background jobs say why.";
    of: "{} z {}", "{} of {}";
    download: "Pobierz plik", "Download the file";
    to_jobs: "Zadania w tle", "Background jobs";
}
