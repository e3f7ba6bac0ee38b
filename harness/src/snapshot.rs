//! Snapshots of normalized verdicts, kept with insta.

use std::{
    cell::Cell,
    panic::{self, AssertUnwindSafe},
    path::Path,
    sync::Once,
};

thread_local! {
    static COMPARING: Cell<bool> = const { Cell::new(false) };
}

/// Compares with the accepted snapshot of this name; what differs is shown, and kept for `cargo insta review`.
pub(crate) fn assert(folder: &Path, name: &str, text: &str) -> Result<(), String> {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let file = name.replace("::", "__");
    // insta has said all by then: a backtrace through the harness would only hide it.
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let loud = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !COMPARING.get() {
                loud(info);
            }
        }));
    });
    COMPARING.set(true);
    let compared =
        panic::catch_unwind(AssertUnwindSafe(|| settings.bind(|| insta::assert_snapshot!(file, text))));
    COMPARING.set(false);
    compared.map_err(|_| {
        format!("{name}: the verdict is as declared, but differs from its snapshot in {}", folder.display())
    })
}
