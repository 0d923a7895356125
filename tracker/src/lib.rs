//! econsent-tracker
