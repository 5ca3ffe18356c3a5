//! The setters of options, one line each: all of them do the same.

/// Setters of fields: the name, and the field with the type that the setter takes. The value is converted
/// into the type of the field, so the setter of an `Option<u32>` may take a `u32`. `[outer]` names the field
/// that holds the struct of the field.
macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident($([$outer:ident])? $field:ident: $type:ty);)+) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name(mut self, $field: $type) -> Self {
            self.$($outer.)?$field = $field.into();
            self
        }
    )+};
}
pub(crate) use setters;

/// The setters of [`RunOptions`](crate::RunOptions): its own, and with the field that holds it those of a
/// pattern's options.
macro_rules! run_setters {
    ($($run:ident)?) => {
        $crate::setters::setters! {
            /// Sets how to retry each call of the model.
            with_retry($([$run])? retry: $crate::RetryConfig);
            /// Sets the limits of one run.
            with_budget($([$run])? budget: $crate::Budget);
            /// Sets the ledger shared with other runs; its limits bind as well.
            with_ledger($([$run])? ledger: $crate::Ledger);
            /// Sets whether spans may hold prompts and replies.
            with_capture_content($([$run])? capture_content: bool);
            $(
                /// Sets all of the above at once.
                with_run($run: $crate::RunOptions);
            )?
        }

        /// Sets the observer of the run.
        #[must_use]
        pub fn with_observer(mut self, observer: impl $crate::Observer + 'static) -> Self {
            self.$($run.)?observer = Some(std::sync::Arc::new(observer));
            self
        }
    };
}
pub(crate) use run_setters;
