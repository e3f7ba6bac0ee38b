//! MySQL or MariaDB in containers: a source, a replica, and Toxiproxy between them.

use std::net::{Ipv4Addr, SocketAddr};

use pitfall_warden::{Owner, Warden};

use super::docker::Docker;
use super::held::{Held, hold};
use super::images;
use super::spec::Spec;
use super::template::{Prepared, Recipe, Template};
use super::toxiproxy;
use crate::clock::Clock;
use crate::databases::{DatabasePair, DatabaseServer, Flavour, Role, SqlErrors, options, replication, users};
use crate::error::EnvironmentError;
use crate::loopback;
use crate::start::{ReplicationEnds, ReplicationLink};

/// Where a server listens in its container.
const PORT: u16 = 3306;
/// Data that is no volume of the image's, so that it can be stored with the template.
const HOME: &str = "/pitfall/mysql";
const PROBE: &str = "if command -v mariadbd > /dev/null; then echo flavour=MariaDB; server=mariadbd; \
                     else echo flavour=MySQL; server=mysqld; fi; \
                     echo version=$($server --no-defaults --version | sed 's/.* Ver \\([^ ]*\\).*/\\1/')";
const HINT: &str =
    "if this recurs, make its image anew: docker image rm $(docker image ls -q pitfall/template-mysql)";

pub(super) async fn template(
    warden: &Warden,
    docker: &Docker,
    progress: &(dyn Fn(&str) + Send + Sync),
) -> Result<Template, EnvironmentError> {
    let inputs = [Flavour::MySql, Flavour::MariaDb].map(preparation);
    let inputs = inputs.each_ref().map(String::as_str);
    let recipe = Recipe { role: "mysql", image: images::MYSQL, probe: PROBE, inputs: &inputs };
    recipe.get(warden, docker, progress, |image| prepare(warden, image)).await
}

/// All that decides how servers run.
pub(super) fn settings() -> String {
    let role = |flavour, role| options::for_role(flavour, role).join(" ");
    [Flavour::MySql, Flavour::MariaDb]
        .map(|flavour| {
            [preparation(flavour), role(flavour, Role::Source), role(flavour, Role::Replica)].join(" ")
        })
        .concat()
}

/// Makes a data directory with the two users, and ends the server in good order, so that no start has to recover.
async fn prepare(warden: &Warden, image: Template) -> Result<Prepared, EnvironmentError> {
    let flavour = flavour(&image)?;
    let at = SocketAddr::from((loopback::draw(&[PORT])?, PORT));
    let mut spec = Spec::new("prepare", &image.image).script(preparation(flavour));
    spec.env.push(("USERS".into(), users::statements(flavour).join(";\n") + ";\n"));
    spec.publish.push((PORT, at));
    let held = hold(warden, &Owner::Client, vec![spec]).await?;
    let server = held.server("prepare", &flavour.to_string(), HINT);
    let database =
        DatabaseServer { address: at, server: server.clone(), server_id: 1, sql_errors: SqlErrors::Server };
    database.ready(&server.started(warden).await?).await?;
    server.stop(warden).await?;
    Ok(Prepared { held, container: "prepare" })
}

fn preparation(flavour: Flavour) -> String {
    let (data, users) = (format!("{HOME}/data"), format!("{HOME}/users.sql"));
    let init = match flavour {
        Flavour::MySql => format!(
            "mysqld --no-defaults --user=root --datadir={data} --initialize-insecure --innodb-redo-log-capacity=64M \
             --innodb-doublewrite=OFF --innodb-flush-method=nosync --innodb-flush-log-at-trx-commit=2 \
             --loose-innodb-numa-interleave=OFF --auto-generate-certs=OFF"
        ),
        Flavour::MariaDb => format!(
            "mariadb-install-db --no-defaults --user=root --datadir={data} --auth-root-authentication-method=normal \
             --skip-test-db --skip-name-resolve --innodb-log-file-size=16M"
        ),
    };
    let server = server(flavour, &options::for_template(flavour));
    format!(
        "set -e; mkdir -p {HOME}; printf %s \"$USERS\" > {users}; {init}; exec {server} --init-file={users} --innodb-fast-shutdown=0"
    )
}

fn server(flavour: Flavour, options: &[String]) -> String {
    let program = match flavour {
        Flavour::MySql => "mysqld",
        Flavour::MariaDb => "mariadbd",
    };
    let own = format!(
        "--user=root --datadir={HOME}/data --socket={HOME}/socket --pid-file={HOME}/pid --port={PORT}"
    );
    format!("{program} --no-defaults {own} {}", options.join(" "))
}

fn flavour(template: &Template) -> Result<Flavour, EnvironmentError> {
    match template.fact("flavour").as_str() {
        "MySQL" => Ok(Flavour::MySql),
        "MariaDB" => Ok(Flavour::MariaDb),
        other => Err(EnvironmentError::Unfit {
            what: format!("the image {} ({})", template.image, images::MYSQL.variable),
            found: format!("of an unknown kind ('{other}')"),
            wanted: "MySQL or MariaDB, with `sh`".into(),
            remedy: format!("name an image of MySQL or MariaDB with {}", images::MYSQL.variable),
        }),
    }
}

/// What is to be started for a pair that is reached at `address`.
pub(super) fn containers(
    template: &Template,
    proxy: &str,
    address: Ipv4Addr,
) -> Result<Vec<Spec>, EnvironmentError> {
    let flavour = flavour(template)?;
    let one = |role: Role| {
        let mut options = options::for_role(flavour, role);
        if flavour == Flavour::MariaDb {
            // `LOAD_FILE` reads no larger file.
            options.push("--max-allowed-packet=1G".into());
        }
        // Two servers of one template must not have one id; a server that is started again keeps its own.
        let own = format!("test -e {HOME}/own || rm -f {HOME}/data/auto.cnf; touch {HOME}/own");
        let mut spec = Spec::new(role.name(), &template.image)
            .script(format!("{own}; exec {}", server(flavour, &options)));
        // MariaDB's file of failed statements is read through the server, which reads only what everybody may read.
        spec.env.push(("UMASK".into(), "0644".into()));
        spec.publish.push((PORT, (address, role.port()).into()));
        spec
    };
    Ok(vec![one(Role::Source), one(Role::Replica), toxiproxy::container(proxy, address)])
}

/// Waits for both among what is held, starts replication over the link, and waits until a change has arrived.
pub(super) async fn ready(
    warden: &Warden,
    owner: &Owner,
    held: &Held,
    template: &Template,
    address: Ipv4Addr,
    clock: &Clock,
    link: ReplicationLink<'_>,
) -> Result<DatabasePair, EnvironmentError> {
    let flavour = flavour(template)?;
    let database = |role: Role| DatabaseServer {
        address: (address, role.port()).into(),
        server: held.server(role.name(), &format!("{flavour} {}", role.name()), HINT),
        server_id: role.server_id(),
        sql_errors: SqlErrors::Server,
    };
    let one = |role: Role| async move {
        let database = database(role);
        let started = database.server.started(warden).await?;
        let ready = database.ready(&started);
        clock.note(&format!("{flavour} {}: container to ready", role.name()), ready).await?;
        Ok::<_, EnvironmentError>((database, started))
    };
    let ((source, _), (replica, started), toxiproxy) =
        futures::try_join!(one(Role::Source), one(Role::Replica), toxiproxy::ready(warden, held, address))?;
    let ends = ReplicationEnds::Containers {
        toxiproxy,
        listen: format!("0.0.0.0:{}", toxiproxy::PROXY),
        reached: toxiproxy::proxy(held),
        source: format!("{}:{PORT}", held.host_name(Role::Source.name())),
    };
    let replication_link = link(owner.clone(), ends.clone())
        .await
        .map_err(|error| EnvironmentError::Link { source_address: ends.source(), why: error.to_string() })?;
    let pair = DatabasePair {
        source,
        replica,
        replication_link,
        harness: users::harness(),
        application: users::application(),
        flavour,
        version: template.fact("version"),
    };
    clock.note(&format!("{flavour}: replication"), replication::start(&pair, &started)).await?;
    Ok(pair)
}
