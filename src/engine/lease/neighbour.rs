//! A holder that ran on this very machine and is gone is dead, and nobody has to wait a term to know it.
//!
//! An id says on which boot of which machine, in which namespace of process ids, and as which process its holder runs.
//! Only where all of that is ours can the kernel say that there is no such process; anything else is waited for.

use sha2::{Digest, Sha256};

/// The id of this process as a holder: `host-machine-pid-moment`.
pub fn id(host: &str, moment: i64) -> String {
    format!("{host}-{}-{}-{moment:x}", machine(), std::process::id())
}

/// Whether the process of this id ran on this machine and is gone.
pub fn is_dead(id: &str) -> bool {
    let mut parts = id.rsplitn(4, '-').skip(1);
    let (Some(pid), Some(on)) = (parts.next(), parts.next()) else { return false };
    let Ok(pid) = pid.parse::<i32>() else { return false };
    !on.is_empty() && on == machine() && is_gone(pid)
}

fn is_gone(pid: i32) -> bool {
    let Some(pid) = rustix::process::Pid::from_raw(pid) else { return false };
    rustix::process::test_kill_process(pid) == Err(rustix::io::Errno::SRCH)
}

/// One boot of one machine and one namespace of process ids; empty where the system does not say.
fn machine() -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    let space = std::fs::read_link("/proc/self/ns/pid");
    let (Ok(boot), Ok(space)) = (boot, space) else { return String::new() };
    let digest = Sha256::digest(format!("{boot}{}", space.display()));
    digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn only_a_process_of_this_machine_that_is_gone_is_dead() {
        let me = id("my-laptop", 17);
        assert!(!is_dead(&me), "it runs this test");
        let mut child = std::process::Command::new("true").spawn().expect("it starts");
        let pid = child.id();
        child.wait().expect("it ends");
        assert!(is_dead(&format!("my-laptop-{}-{pid}-11", machine())));
        assert!(!is_dead(&format!("my-laptop-0badf00d-{pid}-11")), "another machine's");
        for strange in ["", "a", "a-b-c-d", "elsewhere-1", "---"] {
            assert!(!is_dead(strange), "{strange:?}");
        }
    }
}
