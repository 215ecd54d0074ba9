//! The operators' portal: what it shows, what it makes, and that it opens nothing of an ISP.

use crate::house::{House, PASSWORD, ask, call};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use model::Audience;

const ADD: &str = "/rpc/platform/identity/isps/add";

fn isp(code: &str) -> String {
    format!(
        "form[isp_name]=Bahari+Net&form[code]={code}&form[prefix]=BN&form[admin_name]=Asha&form[login]=asha@bahari.example\
         &form[password]={PASSWORD}"
    )
}

#[tokio::test]
async fn the_platform_lists_isps_in_both_languages_and_no_subscriber() {
    let house = House::open().await;
    let cookie = house.cookie(Audience::Platform, &["operator"]).await;
    let page = house.get("/platform", Some(&cookie)).await;
    assert_eq!(page.status, StatusCode::OK);
    for shown in ["The first ISP", "The second ISP", "first.test", "Add a provider"] {
        assert!(page.body.contains(shown), "{shown} is missing");
    }
    for hidden in ["Wanjiku", "254722000111", "Kilimo Net"] {
        assert!(!page.body.contains(hidden), "{hidden} is shown");
    }
    let swahili = house.get("/platform", Some(&format!("{cookie}; lang=sw"))).await;
    assert!(swahili.body.contains("Ongeza kampuni"), "{}", swahili.status);
    house.close().await;
}

#[tokio::test]
async fn an_isp_is_added_without_scripts_and_its_admin_signs_in_by_its_code() {
    let house = House::open().await;
    let cookie = house.cookie(Audience::Platform, &["operator"]).await;
    let headers = [("accept", "text/html"), ("referer", "http://first.test/platform")];
    let refused = house.send(call(&Method::POST, ADD, &isp("first"), Some(&cookie), &headers)).await;
    assert!(refused.header("location").starts_with("/platform?"), "{}", refused.header("location"));
    let page = house.get(refused.header("location"), Some(&cookie)).await;
    assert!(page.body.contains("This ISP code is taken"), "the refusal is not shown");
    let added = house.send(call(&Method::POST, ADD, &isp("bahari"), Some(&cookie), &headers)).await;
    assert_eq!(added.header("location"), "/platform?done=added", "{}", added.body);
    let page = house.get("/platform?done=added", Some(&cookie)).await;
    assert!(page.body.contains("Bahari Net") && page.body.contains("Its admin can sign in now."));
    house.app.drain().await;
    let arguments = format!("form[name]=asha@bahari.example&form[password]={PASSWORD}");
    let sign_in = axum::http::Request::builder().method(Method::POST).uri("/rpc/staff/identity/sign_in");
    let sign_in = sign_in.header("host", "unknown.test").header("cookie", "isp=bahari");
    let sign_in = sign_in.header("content-type", "application/x-www-form-urlencoded");
    let inside = house.send(sign_in.body(Body::from(arguments)).expect("a request")).await;
    assert!(inside.status == StatusCode::OK && inside.body.contains("/second-factor"), "{}", inside.body);
    house.close().await;
}

#[tokio::test]
async fn an_operators_session_opens_no_page_and_no_stream_of_an_isp() {
    let house = House::open().await;
    let cookie = house.cookie(Audience::Platform, &["operator"]).await;
    let id = cookie.split_once('=').map(|(_, id)| id.to_owned()).unwrap_or_default();
    for (page, audience) in [
        ("/", Audience::Staff),
        ("/subscribers", Audience::Staff),
        ("/admin/audit", Audience::Staff),
        ("/my", Audience::My),
        ("/partner", Audience::Partner),
    ] {
        for sent in [cookie.clone(), format!("__Host-{}={id}", audience.code())] {
            let answer = house.get(page, Some(&sent)).await;
            assert!(answer.header("location").contains("/login?next="), "{page}: {}", answer.status);
        }
    }
    for stream in ["/events/staff", "/events/platform"] {
        let asked = ask(Method::GET, stream, Some(&cookie), &[]).body(Body::empty()).expect("a request");
        assert_eq!(house.send_for_head(asked).await.status, StatusCode::UNAUTHORIZED, "{stream}");
    }
    house.close().await;
}

#[tokio::test]
async fn an_operator_without_a_second_factor_is_led_to_it_from_every_page() {
    let house = House::open().await;
    let cookie = house.cookie(Audience::Platform, &[]).await;
    assert_eq!(house.get("/platform", Some(&cookie)).await.header("location"), "/platform/second-factor");
    let page = house.get("/platform/second-factor", Some(&cookie)).await;
    assert!(page.status == StatusCode::OK && page.body.contains("Every operator has this."), "{}", page.status);
    let out = house.call(&Method::POST, "/rpc/platform/identity/sign_out", "", Some(&cookie)).await;
    assert!(out.header("clear-site-data").contains("storage"), "{}", out.status);
    assert!(house.get("/platform", Some(&cookie)).await.header("location").starts_with("/platform/login"));
    house.close().await;
}

#[tokio::test]
async fn the_operators_sign_in_is_the_platforms_on_every_host() {
    let house = House::open().await;
    for host in ["first.test", "unknown.test"] {
        let request = axum::http::Request::builder().uri("/platform/login").header("host", host);
        let page = house.send(request.body(Body::empty()).expect("a request")).await;
        assert!(page.body.contains("For operators of this installation"), "{host}: {}", page.status);
        assert!(!page.body.contains("The first ISP") && !page.body.contains("/isp\""), "{host} names an ISP");
    }
    house.close().await;
}

#[tokio::test]
async fn an_operator_enters_an_isp_read_only_and_leaves_to_the_platform() {
    let house = House::open().await;
    house.person(house.app.first, Audience::Staff, &["isp_admin"], None).await;
    let cookie = house.cookie(Audience::Platform, &["operator"]).await;
    let post = async |door: &str, arguments: &str, cookie: Option<&str>| {
        let headers = [("accept", "text/html"), ("referer", "http://first.test/platform")];
        house.send(call(&Method::POST, door, arguments, cookie, &headers)).await
    };
    let form = house.get(&format!("/platform/isps/{}/enter", house.app.first), Some(&cookie)).await;
    assert!(form.body.contains("own audit log"), "{}", form.status);
    let arguments = format!("form[isp]={}&form[reason]=Ticket+17", house.app.first);
    let begun = post("/rpc/platform/identity/isps/enter", &arguments, Some(&cookie)).await;
    let ticket = begun.header("location").strip_prefix("/view-as?ticket=").expect("a ticket").to_owned();
    assert_eq!(house.get(begun.header("location"), None).await.status, StatusCode::OK);
    let entered = post("/rpc/staff/identity/view_as/enter", &format!("ticket={ticket}"), None).await;
    assert_eq!(entered.header("location"), "/", "{}", entered.body);
    let view = entered.cookie(Audience::Staff).expect("a view");
    for page in ["/", "/subscribers", "/admin/settings"] {
        let answer = house.get(page, Some(&view)).await;
        assert_eq!(answer.status, StatusCode::OK, "{page}");
        assert!(answer.body.contains("Njoki Wambui") && answer.body.contains(platform::web::LEAVE_ISP), "{page}");
    }
    for door in
        ["/rpc/staff/identity/settings/save", "/rpc/staff/identity/view_as/begin", "/rpc/staff/identity/sign_out"]
    {
        let answer = house.call(&Method::POST, door, "", Some(&view)).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{door}: {}", answer.body);
    }
    let left = post(platform::web::LEAVE_ISP, "", Some(&view)).await;
    assert_eq!(left.header("location"), "/platform", "{}", left.status);
    assert!(house.get("/", Some(&view)).await.header("location").starts_with("/login"));
    house.close().await;
}

#[tokio::test]
async fn an_operator_who_lost_the_way_in_is_let_in_anew_and_all_their_sessions_end() {
    use identity::operators::{Admitted, admit};
    let house = House::open().await;
    let app = &house.app.app;
    let refused = admit(app, "ab", "Zawadi Baraka", PASSWORD.into()).await.expect_err("too short a name");
    assert!(refused.to_string().contains("login") || format!("{refused:?}").contains("login"), "{refused:?}");
    let made = admit(app, "Zawadi@mtandao.example", "Zawadi Baraka", PASSWORD.into()).await.expect("made");
    assert_eq!(made, Admitted::Made);
    let found =
        async || platform::operators::by_name(app, "zawadi@mtandao.example").await.expect("read").expect("there");
    let operator = found().await;
    let cookie = house.app.cookie(Audience::Platform, None, operator.id).await;
    assert_eq!(house.get("/platform", Some(&cookie)).await.header("location"), "/platform/second-factor");
    let again = admit(app, "zawadi@mtandao.example", "Somebody Else", "mvua-kubwa-64".into()).await.expect("recovered");
    assert_eq!(again, Admitted::Recovered);
    let now = found().await;
    assert_eq!((now.id, now.full_name.as_str(), now.has_factor), (operator.id, "Zawadi Baraka", false));
    assert_ne!(now.password_hash, operator.password_hash);
    assert!(house.get("/platform", Some(&cookie)).await.header("location").starts_with("/platform/login"));
    house.close().await;
}
