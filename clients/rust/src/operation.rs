//! Which request is of which operation.

/// A request of an operation that answers once.
pub trait Operation: prost::Message {
    /// What is answered.
    type Answer: prost::Message + Default;
    /// The full name of the operation.
    const METHOD: &'static str;
}

/// A request of an operation whose answers go on coming.
pub trait StreamOperation: prost::Message {
    /// What is answered each time.
    type Answer: prost::Message + Default;
    /// The full name of the operation.
    const METHOD: &'static str;
}
