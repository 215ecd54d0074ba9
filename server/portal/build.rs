//! Makes the typed texts of the SMS that this context sends, from the files that the pages use too.
fn main() {
    texts_build::server("../../app/portal/texts");
}
