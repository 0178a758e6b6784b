//! `release`: start one, or go on with the same one that nobody drives.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::cli::args::{Global, ReleaseArgs};
use crate::cli::exit::Exit;
use crate::cli::fly::{Cabin, fly};
use crate::cli::front::Front;
use crate::cli::state_dir::StateDir;
use crate::cli::{keys, look, manifest, outlook, say, source};
use crate::cluster::{self, Connection, KubeCluster, Target};
use crate::config::{Ask, AskedImage, Config, Places};
use crate::core::act::{Act, ActVerb};
use crate::core::plan::Plan;
use crate::core::problem::Problem;
use crate::core::state::State;
use crate::engine::clock::{SharedClock, SystemClock};
use crate::engine::desk::Sources;
use crate::engine::journal::{self, Journal};
use crate::engine::pace::Live;
use crate::engine::run::{Engine, Parts};

/// What every command that talks to a cluster begins with.
pub struct Bridge {
    /// The configuration.
    pub config: Config,
    /// The cluster.
    pub connection: Connection,
    /// The time.
    pub clock: SharedClock,
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
        Ok(Self { config, connection, clock: Arc::new(SystemClock::start()) })
    }
}

/// Flies a release.
///
/// # Errors
/// Everything that stands in the way before the first write.
pub async fn run(global: &Global, args: ReleaseArgs) -> Result<Exit, Problem> {
    let (front, notice) = Front::choose(global);
    if let Some(notice) = notice {
        say::notice(notice);
    }
    let bridge = Bridge::open(global).await?;
    let templates = args.file.as_deref().map(manifest::read).transpose()?.unwrap_or_default();
    let request = bridge.config.request(Ask {
        id: args.id,
        context: bridge.connection.context.clone(),
        namespace: bridge.connection.namespace.clone(),
        workload: args.deployment.as_ref().map(|deployment| deployment.name().to_owned()),
        version: args.version,
        images: qualified(args.images, args.deployment.as_ref().map(|deployment| deployment.name())),
        templates,
    })?;
    let draft = cluster::draft(&bridge.connection, request, bridge.clock.now()).await?;
    if args.dry_run {
        let plan = draft.accept().await?;
        return dry_run(&bridge, plan, args.suggest_steps).await;
    }
    let directory = StateDir::open(global.journal.as_deref())?;
    let flight = match journal::unfinished(directory.path(), draft.hash())? {
        Some(found) => Flight { epoch: found.epoch + 1, plan: found.plan, resume: Some(found.state) },
        None => Flight { plan: draft.accept().await?, resume: None, epoch: 1 },
    };
    if flight.resume.is_none() {
        for told in &flight.plan.told {
            say::notice(told);
        }
    }
    let ended = launch(bridge, global, front, flight, None).await?;
    Ok(Exit::from(ended.outcome))
}

/// An image that names no workload belongs to the one that the command names.
fn qualified(images: Vec<AskedImage>, deployment: Option<&str>) -> Vec<AskedImage> {
    let place =
        |image: AskedImage| AskedImage { workload: image.workload.or_else(|| deployment.map(str::to_owned)), ..image };
    images.into_iter().map(place).collect()
}

/// What is to be flown, and from where.
pub struct Flight {
    /// The plan.
    pub plan: Plan,
    /// Where an earlier engine stood.
    pub resume: Option<State>,
    /// The number of this engine.
    pub epoch: u64,
}

/// Puts an engine together for a real cluster and flies it; `order` is given before its first turn.
///
/// # Errors
/// When the journal or the front cannot begin.
pub async fn launch(
    bridge: Bridge,
    global: &Global,
    front: Front,
    flight: Flight,
    order: Option<crate::core::command::Command>,
) -> Result<crate::core::snapshot::Ended, Problem> {
    let directory = StateDir::open(global.journal.as_deref())?;
    let plan = Arc::new(flight.plan);
    let journal = Journal::open(directory.path(), &plan.release)?;
    let attended = Arc::new(AtomicBool::new(front == Front::Cockpit));
    let who = bridge.connection.user.clone();
    let metrics = source::metrics(&bridge.config.metrics, &bridge.connection, &plan)?;
    let cluster = KubeCluster::start(bridge.connection, Arc::clone(&plan), Arc::clone(&bridge.clock));
    cluster.fence().raise(flight.epoch);
    let sources = Sources {
        inspect: Arc::<KubeCluster>::clone(&cluster),
        journals: Some(directory.path().to_owned()),
        clock: Arc::clone(&bridge.clock),
    };
    let parts = Parts {
        plan,
        resume: flight.resume,
        epoch: flight.epoch,
        cluster,
        metrics,
        clock: Arc::clone(&bridge.clock),
        journal,
        who: who.clone(),
        attended: Arc::clone(&attended),
        read_only: global.read_only,
    };
    let (engine, handle) = Engine::new(parts);
    if let Some(order) = order {
        let full = |_| Problem::internal("the engine takes no command");
        handle.commands.try_send(order).map_err(full)?;
    }
    let look = look::of(global, &bridge.config.ui);
    let keymap = keys::keymap(&bridge.config.keys)?;
    let pace = Live::on(Arc::clone(&bridge.clock));
    fly(engine, handle, pace, Cabin { front, clock: bridge.clock, who, attended, look, keymap, sources }).await
}

/// Prints every write that the release would begin with, after the server's own dry run.
async fn dry_run(bridge: &Bridge, plan: Plan, suggest: Option<f64>) -> Result<Exit, Problem> {
    let plan = Arc::new(plan);
    let metrics = source::metrics(&bridge.config.metrics, &bridge.connection, &plan)?;
    let cluster = KubeCluster::start(bridge.connection.clone(), Arc::clone(&plan), Arc::clone(&bridge.clock));
    let mut text = format!("{} {} → {}, release hash {}\n", plan.application, plan.from, plan.to, plan.hash);
    for told in &plan.told {
        text.push_str(&format!("note: {told}\n"));
    }
    for line in outlook::lines(&plan, &*cluster, &*metrics, &bridge.clock, suggest).await {
        text.push_str(&format!("{line}\n"));
    }
    for act in writes(&plan) {
        text.push_str(&format!("{}\n", act.words()));
        for line in cluster.dry_run(&plan, &act).await {
            text.push_str(&format!("  {line}\n"));
        }
    }
    say::data(text.as_bytes())?;
    Ok(Exit::DONE)
}

/// All writes of a release that goes well, in their order.
fn writes(plan: &Plan) -> Vec<Act> {
    let mut acts = Vec::new();
    let mut each = |verbs: &dyn Fn(&crate::core::plan::Workload) -> Vec<ActVerb>| {
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
    for step in &plan.steps {
        each(&|workload| {
            vec![ActVerb::ScaleCanary { replicas: crate::core::decide::canary_size(step.weight, workload.replicas) }]
        });
    }
    each(&|_| vec![ActVerb::DropOwner]);
    each(&|workload| workload.services.iter().map(|service| ActVerb::Pin { service: service.name.clone() }).collect());
    each(&|_| vec![ActVerb::RollStable]);
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
