//! What goes wrong in an answer whose head is a success, at once or in mid-stream, becomes an [`Error`].

use ek_core::{Error, ErrorKind};

use super::answer::Head;
use crate::failure::read_fault::ReadFault;
use crate::failure::status;
use crate::transport::Fault;

impl Head {
    /// The error of a body that is not a reply. `cut` says that only the end of the connection ends the
    /// body: then a document that ends early was cut, although HTTP calls it whole.
    pub(crate) fn reply_error(&self, fault: ReadFault, cut: bool) -> Error {
        match fault {
            ReadFault::ErrorObject(read) => self.answer().error_object(&read),
            ReadFault::Malformed(why) => self.answer().malformed(&why),
            ReadFault::Events(_) => {
                self.answer().malformed("the answer is an event stream within an event stream")
            }
            ReadFault::Text(said) => {
                let said = self.answer().excerpt(&said);
                let why =
                    format!("the answer is neither an event stream nor JSON; it says: {said}");
                self.answer().malformed(&why)
            }
            ReadFault::TooLarge(why) => self.answer().fault(ErrorKind::TooLarge, &why),
            ReadFault::Core(error) => {
                let fault = self.answer().fault(error.kind(), &error.to_string());
                let fault = fault.with_spend(error.spend());
                match error.kind().is_retryable() == error.is_retryable() {
                    true => fault,
                    false => fault.with_retryable(error.is_retryable()),
                }
            }
            ReadFault::CutOff if cut => {
                let why = "the connection was closed before the reply was whole";
                self.answer().fault(ErrorKind::Interrupted, why)
            }
            ReadFault::CutOff => self.answer().malformed("the reply is JSON that ends too early"),
        }
    }

    /// The error of a body that the server broke off without an error of its own.
    pub(crate) fn cut(&self) -> Error {
        let why = "the server reset the stream before the reply was whole";
        self.answer().fault(ErrorKind::Interrupted, why)
    }

    /// The error of a connection that failed during the body.
    pub(crate) fn transport_error(&self, fault: Fault) -> Error {
        let error = self.transport().error(fault);
        let error = error.with_status(self.parts().status.as_u16());
        match status::request_id(&self.parts().headers) {
            Some(id) => error.with_request_id(self.secrets().mask(&id)),
            None => error,
        }
    }
}
