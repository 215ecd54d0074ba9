//! The texts of messages, from the files that the pages use too.

fn main() {
    texts_build::server("../../app/comms/texts");
}
