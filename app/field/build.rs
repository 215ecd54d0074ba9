//! Makes the typed texts of this context.
fn main() {
    texts_build::pages("texts");
}
