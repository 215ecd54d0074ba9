//! Names and phones of people who do not exist, the same at every run.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

const FIRST: &[&str] = &[
    "Njeri",
    "Wanjiru",
    "Peter",
    "Aisha",
    "Joseph",
    "Faith",
    "Grace",
    "Samuel",
    "Lucy",
    "Daniel",
    "Halima",
    "Esther",
    "Collins",
    "Mercy",
    "Brian",
    "Achieng",
    "Kevin",
    "Zawadi",
    "Otieno",
    "Mutua",
    "Chebet",
    "Kiprotich",
    "Wambui",
    "Kamau",
    "Nafula",
    "Barasa",
    "Akinyi",
    "Hassan",
    "Fatuma",
    "Omar",
    "Naliaka",
    "Juma",
    "Rehema",
    "Mwende",
    "Kioko",
    "Atieno",
    "Onyango",
    "Wairimu",
    "Njoroge",
    "Cherono",
    "Rotich",
    "Nekesa",
    "Simiyu",
    "Baraka",
    "Neema",
    "Imani",
    "Amina",
    "Yusuf",
    "Salim",
    "Mwikali",
    "Ndunge",
    "Wanjala",
    "Adhiambo",
    "Owino",
    "Jepkosgei",
    "Kimani",
    "Muthoni",
    "Nyambura",
    "Gathoni",
    "Karanja",
];

const LAST: &[&str] = &[
    "Kamau",
    "Mwangi",
    "Kariuki",
    "Ouma",
    "Ndungu",
    "Odhiambo",
    "Bett",
    "Gitau",
    "Kioko",
    "Warsame",
    "Maina",
    "Were",
    "Kibet",
    "Noor",
    "Mutiso",
    "Wafula",
    "Omondi",
    "Njenga",
    "Githinji",
    "Cheruiyot",
    "Langat",
    "Musyoka",
    "Mwenda",
    "Karimi",
    "Mugo",
    "Ndirangu",
    "Waweru",
    "Kiplagat",
    "Koech",
    "Abdi",
    "Mohamed",
    "Ali",
    "Okello",
    "Opiyo",
    "Anyango",
    "Makau",
    "Nzioka",
    "Muriithi",
    "Gichuru",
    "Thuo",
    "Wekesa",
    "Sang",
    "Tanui",
    "Ngugi",
    "Macharia",
    "Nderitu",
];

const SHOPS: &[&str] =
    &["Fresh Grocers", "Hardware", "Cyber", "Chemist", "Academy", "Dispensary", "Hotel", "Salon", "Bookshop", "Motors"];

/// A source of people. One seed gives one town.
pub struct People {
    random: StdRng,
    phones: u32,
}

impl People {
    pub fn new(seed: u64) -> Self {
        Self { random: StdRng::seed_from_u64(seed), phones: 0 }
    }

    /// The same with phones that begin elsewhere, for people beside those of another source.
    pub fn starting_at(seed: u64, phones: u32) -> Self {
        Self { phones, ..Self::new(seed) }
    }

    /// A residential name; one in twelve is a business.
    pub fn name(&mut self) -> (String, bool) {
        let first = FIRST.choose(&mut self.random).copied().unwrap_or("Njeri");
        let last = LAST.choose(&mut self.random).copied().unwrap_or("Kamau");
        if self.random.random_ratio(1, 12) {
            let shop = SHOPS.choose(&mut self.random).copied().unwrap_or("Cyber");
            return (format!("{last} {shop}"), true);
        }
        (format!("{first} {last}"), false)
    }

    /// A mobile number that nobody else here has, in canonical form. The range 0799 9… keeps away from the story's own.
    pub fn phone(&mut self) -> String {
        self.phones += 1;
        format!("2547999{:05}", self.phones)
    }

    pub fn chance(&mut self, numerator: u32, denominator: u32) -> bool {
        self.random.random_ratio(numerator, denominator)
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.random.random_range(0..end.max(1))
    }

    /// A point near another, within about `spread` degrees.
    pub fn near(&mut self, (latitude, longitude): (f64, f64), spread: f64) -> (f64, f64) {
        let mut off = || self.random.random_range(-spread..spread);
        (latitude + off(), longitude + off())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_people() {
        let (mut one, mut two) = (People::new(7), People::new(7));
        for _ in 0..50 {
            assert_eq!(one.name(), two.name());
            assert_eq!(one.phone(), two.phone());
        }
    }
}
