fn main() {
    texts_build::pages("texts");
}
