//! Who may do what (contract §7): a person by the role in a company, a machine by the scopes of its
//! key. The table of the contract is [`Permission::least_role`] and [`Permission::scope`], and
//! nothing else in the product decides about it.

use alloc::string::String;
use alloc::vec::Vec;

use crate::record::word;

word!(
    /// What a person is in a company, from the least.
    #[derive(PartialOrd, Ord)]
    Role, RoleError {
        /// Works with certificates.
        Member = "member",
        /// Manages everything but owners and the company itself.
        Admin = "admin",
        /// The company is theirs.
        Owner = "owner"
    }
);

word!(
    /// What a key may be used for.
    #[derive(PartialOrd, Ord)]
    Scope, ScopeError {
        /// View certificates, lists and evidence.
        Read = "read",
        /// Verify, and match leads.
        Verify = "verify",
        /// Share, and revoke shares.
        Share = "share",
        /// Claim.
        Claim = "claim",
        /// Change consent rules.
        Rules = "rules",
        /// Properties, partners, webhooks, revocation, erasure.
        Manage = "manage"
    }
);

/// The rows of the contract's table: what a call asks of whoever makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// View certificates, lists, evidence.
    View,
    /// Verify, and match leads.
    Verify,
    /// Share, and revoke shares.
    Share,
    /// Claim.
    Claim,
    /// Consent rules.
    Rules,
    /// Properties, partners, webhooks, revocation, erasure.
    Manage,
    /// People except owners, and keys.
    People,
    /// Owners, the company, deletion.
    Company,
}

impl Permission {
    /// The least role that has it.
    #[must_use]
    pub const fn least_role(self) -> Role {
        match self {
            Self::View | Self::Verify | Self::Share | Self::Claim => Role::Member,
            Self::Rules | Self::Manage | Self::People => Role::Admin,
            Self::Company => Role::Owner,
        }
    }

    /// The scope that gives it to a key; none where no key may.
    #[must_use]
    pub const fn scope(self) -> Option<Scope> {
        match self {
            Self::View => Some(Scope::Read),
            Self::Verify => Some(Scope::Verify),
            Self::Share => Some(Scope::Share),
            Self::Claim => Some(Scope::Claim),
            Self::Rules => Some(Scope::Rules),
            Self::Manage => Some(Scope::Manage),
            Self::People | Self::Company => None,
        }
    }
}

impl Role {
    /// Whether a person of this role may do that.
    #[must_use]
    pub fn allows(self, permission: Permission) -> bool {
        self >= permission.least_role()
    }

    /// Whether a person of this role may invite, change or remove one of the other role: owners are
    /// only for owners.
    #[must_use]
    pub fn manages(self, other: Self) -> bool {
        self.allows(if other == Self::Owner { Permission::Company } else { Permission::People })
    }
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 6] =
        [Self::Read, Self::Verify, Self::Share, Self::Claim, Self::Rules, Self::Manage];
}

/// The scopes of a key: at least one, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scopes(Vec<Scope>);

/// Why a list is not the scopes of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key has at least one scope")]
pub struct ScopesError;

impl Scopes {
    /// Takes a list in any order.
    ///
    /// # Errors
    /// [`ScopesError`] for an empty one: such a key could do nothing.
    pub fn new(mut scopes: Vec<Scope>) -> Result<Self, ScopesError> {
        scopes.sort_unstable();
        scopes.dedup();
        if scopes.is_empty() { Err(ScopesError) } else { Ok(Self(scopes)) }
    }

    /// Whether a key with these scopes may do that.
    #[must_use]
    pub fn allow(&self, permission: Permission) -> bool {
        permission.scope().is_some_and(|scope| self.0.contains(&scope))
    }

    /// The scopes, in the order of [`Scope::ALL`].
    #[must_use]
    pub fn as_slice(&self) -> &[Scope] {
        &self.0
    }

    /// The words with commas between, as a column has them.
    #[must_use]
    pub fn column(&self) -> String {
        let words: Vec<_> = self.0.iter().map(|scope| scope.as_str()).collect();
        words.join(",")
    }

    /// Reads [`Self::column`] back; a word that is unknown gives no right.
    ///
    /// # Errors
    /// [`ScopesError`] when no scope is left.
    pub fn from_column(column: &str) -> Result<Self, ScopesError> {
        Self::new(column.split(',').filter_map(|word| word.parse().ok()).collect())
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::{Permission, Role, Scope, Scopes, ScopesError};

    /// The contract's table, line by line: owner, admin, member, key scope.
    const TABLE: [(Permission, bool, bool, bool, Option<Scope>); 8] = [
        (Permission::View, true, true, true, Some(Scope::Read)),
        (Permission::Verify, true, true, true, Some(Scope::Verify)),
        (Permission::Share, true, true, true, Some(Scope::Share)),
        (Permission::Claim, true, true, true, Some(Scope::Claim)),
        (Permission::Rules, true, true, false, Some(Scope::Rules)),
        (Permission::Manage, true, true, false, Some(Scope::Manage)),
        (Permission::People, true, true, false, None),
        (Permission::Company, true, false, false, None),
    ];

    #[test]
    fn roles_and_scopes_allow_what_the_contract_says() {
        for (permission, owner, admin, member, key) in TABLE {
            assert_eq!(Role::Owner.allows(permission), owner, "{permission:?}");
            assert_eq!(Role::Admin.allows(permission), admin, "{permission:?}");
            assert_eq!(Role::Member.allows(permission), member, "{permission:?}");
            for scope in Scope::ALL {
                let scopes = Scopes::new(vec![scope]).unwrap();
                assert_eq!(
                    scopes.allow(permission),
                    key == Some(scope),
                    "{permission:?} {scope:?}"
                );
            }
        }
    }

    #[test]
    fn only_owners_touch_owners_and_members_touch_nobody() {
        for role in [Role::Owner, Role::Admin, Role::Member] {
            assert!(Role::Owner.manages(role));
            assert_eq!(Role::Admin.manages(role), role != Role::Owner);
            assert!(!Role::Member.manages(role));
        }
    }

    #[test]
    fn scopes_are_a_set_that_is_not_empty() {
        let scopes = Scopes::new(vec![Scope::Claim, Scope::Read, Scope::Claim]).unwrap();
        assert_eq!(scopes.as_slice(), [Scope::Read, Scope::Claim]);
        assert_eq!(scopes.column(), "read,claim");
        assert_eq!(Scopes::from_column("read,claim"), Ok(scopes));
        assert_eq!(Scopes::new(vec![]), Err(ScopesError));
        assert_eq!(Scopes::from_column("everything"), Err(ScopesError));
    }
}
