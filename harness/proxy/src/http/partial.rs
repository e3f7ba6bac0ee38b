//! What is parsed when it is whole, and may come in pieces.

/// So much is looked at again with each piece; beyond, only when a line has ended.
const SHORT: usize = 1024;

/// What has come of something that ends with a line.
#[derive(Debug, Default)]
pub(super) struct Partial(Vec<u8>);

impl Partial {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Parses what is there together with `bytes`. `parse` says of the whole where it ends and what it is; said here is where
    /// it ends in `bytes`. If it is not whole, all of `bytes` belong to it.
    pub(super) fn parse<T>(
        &mut self,
        bytes: &[u8],
        limit: usize,
        parse: impl FnOnce(&[u8]) -> Result<Option<(usize, T)>, String>,
    ) -> Result<Option<(usize, T)>, String> {
        let before = self.0.len();
        let all = if before == 0 {
            bytes
        } else {
            self.0.extend_from_slice(bytes);
            &self.0
        };
        let parsed = if all.len() <= SHORT || bytes.contains(&b'\n') { parse(all)? } else { None };
        let length = parsed.as_ref().map_or(all.len(), |(end, _)| *end);
        if length > limit {
            return Err(format!("more than {limit} bytes before a body"));
        }
        match parsed {
            Some((end, parsed)) => {
                self.0.clear();
                Ok(Some((end.saturating_sub(before), parsed)))
            }
            None => {
                if before == 0 {
                    self.0.extend_from_slice(bytes);
                }
                Ok(None)
            }
        }
    }
}
