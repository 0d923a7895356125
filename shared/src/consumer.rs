//! What a company does about one consumer's certificates: it takes note of an opt-out, takes that
//! back, or erases the personal values (contract §5). Each is an event of the chain, by that
//! company and for that company only.

use crate::custody::{EventType, State};
use crate::ids::CompanyId;
use crate::record::word;

word!(
    /// What a company does.
    Action, ActionError {
        /// The consumer has opted out with it.
        Revoke = "revoke",
        /// That opt-out is taken back.
        Restore = "restore",
        /// Its personal values go.
        Erase = "erase"
    }
);

impl Action {
    /// What it is in the chain of custody.
    #[must_use]
    pub const fn event_type(self) -> EventType {
        match self {
            Self::Revoke => EventType::Revoked,
            Self::Restore => EventType::Restored,
            Self::Erase => EventType::Erased,
        }
    }

    /// Whether there is anything left to do for a certificate in that state. `holds_values` is
    /// whether the company still has personal values of it.
    #[must_use]
    pub fn is_open(self, state: &State, company: &CompanyId, holds_values: bool) -> bool {
        match self {
            Self::Revoke => !state.revoked.contains(company),
            Self::Restore => state.revoked.contains(company),
            Self::Erase => holds_values,
        }
    }
}

/// Whether a certificate is the company's: as its publisher, or by a claim.
#[must_use]
pub fn concerns(publisher: Option<&CompanyId>, state: &State, company: &CompanyId) -> bool {
    publisher == Some(company) || state.claims.contains(company)
}

#[cfg(test)]
mod tests {
    use super::{Action, concerns};
    use crate::custody::{Actor, State};
    use crate::ids::CompanyId;

    #[test]
    fn a_company_acts_for_itself_and_once() {
        let publisher = CompanyId::parse("67fa8acb61f623d0e200ec4d").unwrap();
        let buyer = CompanyId::parse("68a1b2c3d4e5f6a7b8c9d0e1").unwrap();
        let act = |state: &State, action: Action, company: &CompanyId| {
            state.after(action.event_type(), &Actor::Company(company.clone()))
        };
        let new = State::NEW;
        assert!(Action::Revoke.is_open(&new, &publisher, true));
        assert!(!Action::Restore.is_open(&new, &publisher, true));
        let revoked = act(&new, Action::Revoke, &publisher).unwrap();
        assert!(!Action::Revoke.is_open(&revoked, &publisher, true));
        assert!(act(&revoked, Action::Revoke, &publisher).is_err());
        assert!(Action::Revoke.is_open(&revoked, &buyer, true));
        let restored = act(&revoked, Action::Restore, &publisher).unwrap();
        assert_eq!(restored, new);
        assert!(!Action::Erase.is_open(&new, &publisher, false));

        assert!(concerns(Some(&publisher), &new, &publisher));
        assert!(!concerns(Some(&publisher), &new, &buyer));
        let mut claimed = new;
        claimed.claims.insert(buyer.clone());
        assert!(concerns(Some(&publisher), &claimed, &buyer));
    }
}
