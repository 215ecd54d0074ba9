//! Routes outside pages and server functions: each authenticates by itself, and says how here.

/// What a stranger without any secret gets.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    pub method: &'static str,
    /// As declared, with its `{…}` parts.
    pub path: &'static str,
    /// The statuses that are right for a stranger who fills the parts with nonsense.
    pub stranger: &'static [u16],
    pub why: &'static str,
}

const fn route(method: &'static str, path: &'static str, stranger: &'static [u16], why: &'static str) -> Route {
    Route { method, path, stranger, why }
}

const HOOK: &str = "the last part is a secret of the tenant; an unknown one is not found";

pub const ROUTES: &[Route] = &[
    route("GET", "/healthz", &[200], "says that the program lives"),
    route("GET", "/readyz", &[200], "says that the database answers"),
    route("GET", "/metrics", &[404], "asks for the operator's token; without one there is no such page"),
    route("GET", "/texts/{file}", &[404], "the words of the pages; no secret"),
    route("GET", "/lang/{code}", &[404], "remembers the language in a cookie"),
    route("GET", "/theme/{name}", &[404], "remembers the theme in a cookie"),
    route("GET", "/isp", &[303], "remembers the code of an ISP in a cookie; a code is no secret"),
    route("GET", "/events/{audience}", &[401], "asks for a session of this audience"),
    route("GET", "/admin/audit.csv", &[303], "a page of the office: leads strangers to the sign-in"),
    route("GET", "/rpc/{*rest}", &[404], "the server functions, which have their own table"),
    route("POST", "/hooks/daraja/{secret}/stk", &[404], HOOK),
    route("POST", "/hooks/daraja/{secret}/c2b/confirmation", &[404], HOOK),
    route("POST", "/hooks/daraja/{secret}/c2b/validation", &[404], HOOK),
    route("GET", "/hooks/whatsapp/{secret}", &[400, 404], HOOK),
    route("POST", "/hooks/whatsapp/{secret}", &[404], HOOK),
    route("POST", "/hooks/sms/{secret}", &[404], HOOK),
    route("POST", "/hooks/sms/{secret}/delivery", &[404], HOOK),
    route("POST", "/hooks/monitoring/{secret}", &[404], HOOK),
    route("POST", "/tech/{id}/photo", &[401], "asks for the technician's session, before it reads a picture"),
    route("GET", "/field/evidence/{id}", &[303, 401], "asks for a session"),
];
