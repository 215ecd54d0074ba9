//! Makes the typed texts of the shell, and for the server the tables that browsers load.
fn main() {
    texts_build::pages("texts");
    texts_build::tables(
        "all_texts",
        &[
            "texts",
            "kit/texts",
            "identity/texts",
            "catalog/texts",
            "crm/texts",
            "billing/texts",
            "network/texts",
            "field/texts",
            "comms/texts",
            "portal/texts",
        ],
    );
}
