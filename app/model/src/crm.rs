//! `crm`: types, forms and pure rules of this context.

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
