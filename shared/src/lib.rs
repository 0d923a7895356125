//! econsent-core
