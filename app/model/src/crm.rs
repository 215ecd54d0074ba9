//! `crm`: types, forms and pure rules of this context. The one rule: a subscriber is the party, an account pays, a service
//! is what is sold, an access is how it is reached.

pub mod buildings;
pub mod lead_message;
pub mod leads;
pub mod partners;
pub mod resellers;
pub mod subscribers;

crate::ids! {
    /// The party that we have a contract with.
    Subscriber => SubscriberId,
    /// The payer: ledger, currency, account number, billing day.
    Account => AccountId,
    /// What is sold: a plan version at an address.
    Service => ServiceId,
    /// How a service is reached: PPPoE, MAC, hotspot or static credential.
    Access => AccessId,
    /// Somebody who may become a subscriber.
    Lead => LeadId,
    /// A person without login who sends us leads.
    ReferralPartner => ReferralPartnerId,
    /// A house with units that can be sold to.
    Building => BuildingId,
    /// A flat, shop or house in a building.
    Unit => UnitId,
    /// A company that sells our service under its own name, with the portal at `/partner`.
    Reseller => ResellerId,
}

pub mod perm {
    //! What a role may be given in this context.
    crate::permissions! {
        LeadRead => "crm.lead.read": "See leads",
        LeadWrite => "crm.lead.write": "Add, move and edit leads",
        LeadConvert => "crm.lead.convert": "Turn a lead into a subscriber",
        LeadReceive => "crm.lead.receive": "Take leads from messages",
        PartnerRead => "crm.partner.read": "See referral partners",
        PartnerWrite => "crm.partner.write": "Add and change referral partners",
        BuildingRead => "crm.building.read": "See buildings and units",
        BuildingWrite => "crm.building.write": "Add and change buildings and units",
        SubscriberRead => "crm.subscriber.read": "See subscribers: basic fields",
        SubscriberReadContact => "crm.subscriber.read_contact": "See subscribers' phones and addresses",
        SubscriberReadPrivate => "crm.subscriber.read_private": "See subscribers' identity documents",
        SubscriberReadFinancial => "crm.subscriber.read_financial": "See subscribers' money",
        SubscriberReadTechnical => "crm.subscriber.read_technical": "See subscribers' network facts",
        SubscriberWrite => "crm.subscriber.write": "Change subscribers",
        ServiceApprove => "crm.service.approve": "Approve installations",
    }
}
