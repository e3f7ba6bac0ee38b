//! Consumers shipped as images: the same scenarios, the same verdicts.

use std::path::Path;

use crate::docker;
use crate::project::Project;

pub(crate) const TRIALS: &[(&str, fn())] = &[
    ("images::everything_in_containers", || as_images("containers")),
    ("images::consumers_in_containers_beside_processes", || as_images("processes")),
    ("images::an_image_that_is_missing", missing),
    ("images::a_consumer_that_exits", exits),
];

const B7: &str = "kitchen-display/B7-duplicate-key.toml";
const SYSTEM: &str = "fixtures/kitchen-display/pitfall.toml";

/// The kitchen display as an image, removed when it is dropped.
struct Image(String);

impl Image {
    fn build(project: &Project, tag: &str) -> Self {
        let name = format!("pitfall/test-kitchen:{}-{tag}", std::process::id());
        let context = project.path("image");
        std::fs::create_dir(&context).unwrap();
        for program in ["kitchen-display", "order-system"] {
            std::fs::copy(project.bin().join(program), context.join(program)).unwrap();
        }
        let file = "FROM pitfall/base:local\nCOPY kitchen-display order-system /usr/local/bin/\n";
        std::fs::write(context.join("Dockerfile"), file).unwrap();
        docker(&["build", "--quiet", "--tag", &name, &text(&context)]);
        Self(name)
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        let _ = std::process::Command::new("docker").args(["image", "rm", &self.0]).output();
    }
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// Every role is a container: it consumes, serves and is served, and its log, its CPU and its end are seen.
fn as_images(environment: &str) {
    let project = Project::with(B7);
    let image = Image::build(&project, environment);
    let in_image = format!("image = \"{}\"\ncommand = [", image.0);
    project.change(SYSTEM, "command = [\"{bin}/order-system\"", &format!("{in_image}\"order-system\""));
    project.change(SYSTEM, "command = [\"{bin}/kitchen-display\"", &format!("{in_image}\"kitchen-display\""));
    project.set("PITFALL_ENVIRONMENT", environment);

    let (output, said) = project.run(&[]);

    assert!(output.status.success() && said.contains("3 passed"), "{said}");
    let history = project.history("kitchen-display/B7-duplicate-key/before");
    for event in
        ["\"event\":\"log\",\"role\":\"consumer\"", "\"event\":\"process-sampled\",\"role\":\"consumer\""]
    {
        assert!(history.contains(event), "no {event}");
    }
    // It came from a network of containers, not from this host's loopback.
    let opened = history
        .lines()
        .find(|line| line.contains("consumer->mysql-source") && line.contains("connection-opened"));
    assert!(!opened.expect("it connects").contains("\"client\":\"127."), "{opened:?}");
}

fn missing() {
    let project = Project::with(B7);
    let image = "image = \"localhost:1/nobody/has-this:1\"\ncommand = [";
    project.change(SYSTEM, "command = [\"{bin}/kitchen-display\"", &format!("{image}\"kitchen-display\""));
    let (output, said) = project.run(&["--exact", "kitchen-display::B7-duplicate-key::after"]);
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("localhost:1/nobody/has-this:1"), "{said}");
}

fn exits() {
    let project = Project::with(B7);
    let image = "image = \"pitfall/base:local\"\ncommand = [\"sh\", \"-c\", \"echo no licence; exit 3\"] #";
    project.change(SYSTEM, "command = [\"{bin}/kitchen-display\", \"consumer\"]", image);
    let (output, said) = project.run(&["--exact", "kitchen-display::B7-duplicate-key::after"]);
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("ended with code 3; its last line: no licence"), "{said}");
}
