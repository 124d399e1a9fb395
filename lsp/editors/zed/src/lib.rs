//! Tells Zed which program the language server of edy is: the edyc on the PATH, or the
//! one in the settings under lsp.edyc.binary.

use zed_extension_api::{self as zed, settings::LspSettings, Command, LanguageServerId, Result, Worktree};

struct Edy;

impl zed::Extension for Edy {
    fn new() -> Self {
        Edy
    }

    fn language_server_command(&mut self, server: &LanguageServerId, worktree: &Worktree) -> Result<Command> {
        let set = LspSettings::for_worktree(server.as_ref(), worktree).ok().and_then(|s| s.binary);
        let path = set.as_ref().and_then(|b| b.path.clone()).or_else(|| worktree.which("edyc"));
        Ok(Command {
            command: path.ok_or("there is no edyc on the PATH: install it, or name it in the settings under lsp.edyc.binary.path")?,
            args: set.and_then(|b| b.arguments).unwrap_or_else(|| vec!["lsp".into()]),
            env: worktree.shell_env(),
        })
    }
}

zed::register_extension!(Edy);
