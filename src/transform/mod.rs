//! Transforms: folders that say in data which pass runs, with which parameters, and how its patches are described.
//!
//! Nothing here knows a transform by name; a new one is a new folder under transforms/, embedded when respin is built,
//! or a folder that is named at run time.

mod case;
mod folder;
mod manifest;
mod message;
mod nearest;
mod parameter;
mod problem;
mod readme;
mod registry;
mod rules;
mod template;

pub use case::{Case, Expectation};
pub use folder::Folder;
pub use manifest::{Manifest, Split};
pub use message::{COMMIT_FIELDS, COVER_FIELDS, Messages};
pub use nearest::nearest;
pub use parameter::{
    FaultHandlerParameters, InsertLoopParameters, InterfaceTexts, Kind, LoopArgument, Parameter, PassKind,
    RenameParameters, SmplParameters, Value, Values,
};
pub use problem::{Problem, Problems};
pub use registry::{Pass, Registry, Transform};
pub use template::Template;
