//! Money over the counter on a real database: a form is one payment, however often it is sent.

mod support;

use model::AppError;
use model::billing::payments::CounterPaymentForm;
use model::billing::{PaymentId, perm};
use support::{Asha, World};

fn form(asha: Asha, method: &str, amount: &str, reference: &str) -> CounterPaymentForm {
    CounterPaymentForm {
        id: PaymentId::new(),
        account_id: asha.account,
        method: method.into(),
        amount: amount.into(),
        reference: reference.into(),
        payer_phone: String::new(),
    }
}

async fn take(world: &World, form: CounterPaymentForm) -> Result<PaymentId, AppError> {
    let mut tx = world.app.tx::<perm::PaymentTake>(world.app.first).await;
    let id = billing::payments::take(&mut tx, form).await?;
    tx.commit().await?;
    Ok(id)
}

#[tokio::test]
async fn a_form_that_is_sent_twice_is_one_payment() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    for (method, reference) in [("cash", ""), ("bank", "FT001")] {
        let form = form(asha, method, "500", reference);
        let first = take(&world, form.clone()).await.unwrap();
        assert_eq!(take(&world, form).await.unwrap(), first, "{method}");
    }
    assert_eq!(world.count("SELECT count(*) FROM payment").await, 2);
    assert_eq!(world.count("SELECT count(*) FROM audit_entry WHERE action = 'billing.payment.take'").await, 2);
    assert_eq!(world.owed(asha).await, 2_500);
    take(&world, form(asha, "cash", "500", "")).await.unwrap();
    assert_eq!(world.owed(asha).await, 2_000, "another form is another payment");
    world.app.drain().await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_clicks_at_once_are_one_payment() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    let form = form(asha, "cash", "500", "");
    let (a, b, c) = tokio::join!(take(&world, form.clone()), take(&world, form.clone()), take(&world, form.clone()));
    assert_eq!((a, b, c), (Ok(form.id), Ok(form.id), Ok(form.id)));
    assert_eq!(world.owed(asha).await, 3_000);
    world.app.drain().await;
    world.finish().await;
}

#[tokio::test]
async fn a_form_that_was_sent_is_refused_with_other_contents() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    let baraka = world.subscriber("Baraka Otieno", "254712000002", 1).await;
    let first = form(asha, "cash", "500", "");
    take(&world, first.clone()).await.unwrap();
    let others = [
        CounterPaymentForm { amount: "501".into(), ..first.clone() },
        CounterPaymentForm { account_id: baraka.account, ..first.clone() },
        CounterPaymentForm { method: "bank".into(), reference: "FT001".into(), ..first },
    ];
    for other in others {
        let refusal = take(&world, other).await.unwrap_err();
        assert!(matches!(&refusal, AppError::Conflict(why) if why.contains("RCT-000001")), "{refusal}");
    }
    assert_eq!(world.count("SELECT count(*) FROM payment").await, 1);
    world.app.drain().await;
    world.finish().await;
}

#[tokio::test]
async fn a_typed_receipt_number_does_not_block_the_cash_that_will_get_it() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    take(&world, form(asha, "cash", "500", "RCT-000002")).await.unwrap();
    take(&world, form(asha, "cash", "500", "")).await.unwrap();
    assert_eq!(world.owed(asha).await, 2_500);
    world.app.drain().await;
    world.finish().await;
}

#[tokio::test]
async fn a_bank_reference_is_taken_once_however_it_is_spelt() {
    let world = World::start().await;
    let asha = world.asha_with_invoice().await;
    take(&world, form(asha, "bank", "500", "FT001")).await.unwrap();
    for spelling in ["ft001", "FT 001", "ft-001"] {
        let refusal = take(&world, form(asha, "bank", "500", spelling)).await.unwrap_err();
        assert!(matches!(refusal, AppError::Conflict(_)), "{spelling}");
    }
    world.app.drain().await;
    world.finish().await;
}
