//! placeholder
use std::io::Read;
use unsaid_core::Result;
use crate::{pack::Packing, tables::Tables, order::Order};
pub(crate) fn stream(_: &Packing<'_>, _: &mut Tables, _: &mut dyn Read, _: &mut Order<'_>) -> Result<()> { Ok(()) }
