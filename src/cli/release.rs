//! `release`: start one, or go on with the same one that nobody drives.

use std::sync::Arc;

use crate::cli::args::{Global, ReleaseArgs, WhatArgs};
use crate::cli::drive::{Flight, Helm, launch};
use crate::cli::exit::Exit;
use crate::cli::front::Front;
use crate::cli::once::recorded_end;
use crate::cli::recall::{Need, begun, recall};
use crate::cli::state_dir::StateDir;
use crate::cli::{foresight, heir, look, manifest, say};
use crate::cluster::{self, Connection, KubeCluster, Target};
use crate::config::{Ask, AskedImage, Config, Places};
use crate::core::act::{Act, ActVerb};
use crate::core::decide::canary_size;
use crate::core::plan::{Finish, Plan, Workload};
use crate::core::problem::{Problem, ProblemKind};
use crate::core::request::Request;
use crate::engine::clock::{SharedClock, SystemClock};
use crate::tui::terminal;

/// What every command that talks to a cluster begins with.
pub struct Bridge {
    /// The configuration.
    pub config: Config,
    /// The cluster.
    pub connection: Connection,
    /// The time, by which leases are kept.
    pub clock: SharedClock,
    /// The same clock, for an engine that goes on from what another clock wrote.
    pub system: SystemClock,
}

impl Bridge {
    /// Reads the configuration and connects.
    ///
    /// # Errors
    /// A configuration or a kubeconfig that cannot be used; a server that does not answer.
    pub async fn open(global: &Global) -> Result<Self, Problem> {
        let config = Config::load(&Places::of_process(global.config.clone()))?;
        let target = Target {
            kubeconfig: global.kubeconfig.clone(),
            context: global.context.clone().or_else(|| config.application.context.clone()),
            namespace: global.namespace.clone().or_else(|| config.application.namespace.clone()),
        };
        let connection = cluster::connect(target).await?;
        let system = SystemClock::start();
        Ok(Self { config, connection, clock: Arc::new(system.clone()), system })
    }

    /// The same for what opens a cockpit: where nobody answers it stays open and asks again, until somebody leaves.
    ///
    /// # Errors
    /// As [`Bridge::open`]; that nobody answers only in lines of text, and where somebody left.
    pub async fn open_for(front: Front, global: &Global) -> Result<Self, Problem> {
        match Self::open(global).await {
            Err(problem) if front == Front::Cockpit && problem.kind == ProblemKind::Unreachable => {
                let config = Config::load(&Places::of_process(global.config.clone()))?;
                let look = look::of(global, &config.ui);
                terminal::until_reachable(problem, look, async || Self::open(global).await).await
            }
            outcome => outcome,
        }
    }
}

/// Flies a release.
///
/// # Errors
/// Everything that stands in the way before the first write.
pub async fn run(global: &Global, args: ReleaseArgs) -> Result<Exit, Problem> {
    if args.detach {
        return detached(global, &args).await;
    }
    let (front, notice) = Front::choose(global);
    // A dry run is printed, whatever terminal there is.
    if let Some(notice) = notice.filter(|_| !args.dry_run) {
        say::notice(notice);
    }
    let bridge = Bridge::open_for(if args.dry_run { Front::Plain } else { front }, global).await?;
    if let Some(id) = args.id.as_deref().filter(|_| !args.dry_run)
        && let Some(exit) = recorded_end(&bridge, global, front, id).await?
    {
        return Ok(exit);
    }
    let request = asked(&bridge, args.what, args.id)?;
    // Read before the plan is made: whoever begins to drive meanwhile makes our own claim fail.
    let helm = Helm::look(&bridge, &request.application).await;
    let draft = cluster::draft(&bridge.connection, request, bridge.clock.now()).await?;
    if args.dry_run {
        let plan = draft.accept().await?;
        return dry_run(&bridge, plan, args.suggest_steps).await;
    }
    StateDir::open(global.journal.as_deref())?;
    let begun = begun(&bridge, global, draft.hash()).await?;
    let is_of = |flight: &Flight| flight.resume.as_ref().is_some_and(|state| draft.is_of(&flight.plan, state));
    let flight = match begun.filter(is_of) {
        Some(flight) => flight,
        None => recall(&bridge, global, draft.accept().await?, Need::GoOn).await?,
    };
    // Lines begin with them.
    if flight.resume.is_none() && front != Front::Plain {
        for told in &flight.plan.told {
            say::notice(told);
        }
    }
    let ended = launch(&bridge, global, front, helm, flight).await?;
    Ok(Exit::from(ended.outcome))
}

/// What the command line and the configuration ask for together.
///
/// # Errors
/// A file that cannot be read; what nobody says, and what is said twice.
pub fn asked(bridge: &Bridge, what: WhatArgs, id: Option<String>) -> Result<Request, Problem> {
    let templates = what.file.as_deref().map(manifest::read).transpose()?.unwrap_or_default();
    let deployment = what.deployment.as_ref().map(|deployment| deployment.name());
    bridge.config.request(Ask {
        id,
        context: bridge.connection.context.clone(),
        namespace: bridge.connection.namespace.clone(),
        workload: deployment.map(str::to_owned),
        version: what.version,
        images: qualified(what.images, deployment),
        templates,
    })
}

/// The same command without a screen, in a process of its own that outlives this terminal.
async fn detached(global: &Global, args: &ReleaseArgs) -> Result<Exit, Problem> {
    let words = std::env::args_os().skip(1).filter(|word| word != "--detach" && word != "--plain" && word != "--json");
    let directory = StateDir::open(global.journal.as_deref())?;
    let heir = heir::start(directory.path(), &format!("detached-{}", std::process::id()), words.collect()).await?;
    let deployment = args.what.deployment.as_ref().map_or("NAME", |deployment| deployment.name());
    say::data(heir::farewell(&heir, deployment).as_bytes())?;
    Ok(Exit::DONE)
}

/// An image that names no workload belongs to the one that the command names.
fn qualified(images: Vec<AskedImage>, deployment: Option<&str>) -> Vec<AskedImage> {
    let place =
        |image: AskedImage| AskedImage { workload: image.workload.or_else(|| deployment.map(str::to_owned)), ..image };
    images.into_iter().map(place).collect()
}

/// Prints every write that the release would begin with, after the server's own dry run.
async fn dry_run(bridge: &Bridge, plan: Plan, ratio: Option<f64>) -> Result<Exit, Problem> {
    let plan = Arc::new(plan);
    let cluster = KubeCluster::start(bridge.connection.clone(), Arc::clone(&plan), Arc::clone(&bridge.clock));
    let mut text = format!("{} {} → {}, release hash {}\n", plan.application, plan.from, plan.to, plan.hash);
    for told in &plan.told {
        text.push_str(&format!("note: {told}\n"));
    }
    let mut rehearsal = cluster.rehearsal(&plan);
    for act in writes(&plan) {
        text.push_str(&format!("{}\n", act.words(&plan)));
        for line in rehearsal.act(&act).await {
            text.push_str(&format!("  {line}\n"));
        }
    }
    for told in &plan.afterwards {
        text.push_str(&format!("afterwards: {told}\n"));
    }
    let seen = foresight::look(bridge, &plan, &cluster, ratio).await?;
    text.push_str(&foresight::text(&plan, bridge.config.canary.soak, &seen));
    say::data(text.as_bytes())?;
    Ok(Exit::DONE)
}

/// All writes of a release that goes well, in their order.
fn writes(plan: &Plan) -> Vec<Act> {
    let mut acts = Vec::new();
    let mut each = |verbs: &dyn Fn(&Workload) -> Vec<ActVerb>| {
        for workload in &plan.workloads {
            acts.extend(verbs(workload).into_iter().map(|verb| Act::on(&workload.name, verb)));
        }
    };
    each(&|_| vec![ActVerb::Fence]);
    each(&|workload| {
        workload
            .hpa
            .iter()
            .filter(|hpa| hpa.raise && hpa.min < workload.replicas)
            .map(|hpa| ActVerb::RaiseHpa { min: workload.replicas.min(hpa.max) })
            .collect()
    });
    each(&|_| vec![ActVerb::CreateCanary]);
    let with_baseline = |workload: &Workload, verb: ActVerb| workload.baseline.iter().map(|_| verb.clone()).collect();
    each(&|workload| with_baseline(workload, ActVerb::CreateBaseline));
    for step in &plan.steps {
        let size = |workload: &Workload| canary_size(step.weight, workload.replicas);
        each(&|workload| vec![ActVerb::ScaleCanary { replicas: size(workload) }]);
        if step.weight < 100 {
            each(&|workload| with_baseline(workload, ActVerb::ScaleBaseline { replicas: size(workload) }));
        }
    }
    each(&|_| vec![ActVerb::DropOwner]);
    each(&|workload| workload.services.iter().map(|service| ActVerb::Pin { service: service.name.clone() }).collect());
    each(&|workload| with_baseline(workload, ActVerb::DeleteBaseline));
    // Where its owner brings the new template, there is nothing to write until it is there.
    if plan.finish == Finish::Roll {
        each(&|_| vec![ActVerb::RollStable]);
    }
    each(&|workload| {
        workload.services.iter().map(|service| ActVerb::Unpin { service: service.name.clone() }).collect()
    });
    each(&|_| vec![ActVerb::DeleteCanary]);
    each(&|workload| {
        workload
            .hpa
            .iter()
            .filter(|hpa| hpa.raise && hpa.min < workload.replicas)
            .map(|hpa| ActVerb::RestoreHpa { min: hpa.min })
            .collect()
    });
    each(&|_| vec![ActVerb::ClearMarks]);
    acts
}
