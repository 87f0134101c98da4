//! Where the front listens.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// The addresses of all listeners.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
pub struct Listeners {
    /// The web page and the API; port 0 picks a free one.
    #[arg(long = "listen-web", default_value_t = Listeners::DEFAULT.web)]
    pub web: SocketAddr,
    /// Modbus TCP; port 0 picks a free one.
    #[arg(long = "listen-modbus", default_value_t = Listeners::DEFAULT.modbus)]
    pub modbus: SocketAddr,
    /// NUT; port 0 picks a free one.
    #[arg(long = "listen-nut", default_value_t = Listeners::DEFAULT.nut)]
    pub nut: SocketAddr,
    /// Our agents on hosts, where the site has them; port 0 picks a free one.
    #[arg(long = "listen-agent")]
    pub agent: Option<SocketAddr>,
}

const fn loopback(port: u16) -> SocketAddr {
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), port)
}

impl Listeners {
    /// Loopback at the ports the field knows, where those need no privilege.
    pub const DEFAULT: Listeners = Listeners {
        web: loopback(8080),
        modbus: loopback(5020),
        nut: loopback(3493),
        agent: None,
    };

    /// Loopback at ports that are free.
    pub const FREE: Listeners = Listeners {
        web: loopback(0),
        modbus: loopback(0),
        nut: loopback(0),
        agent: None,
    };

    /// The same addresses, where a port was free to choose with the one chosen. The front says which; it never
    /// chooses an address.
    pub fn with_ports_of(mut self, chosen: &Listeners) -> Self {
        for (own, chosen) in [
            (&mut self.web, chosen.web),
            (&mut self.modbus, chosen.modbus),
            (&mut self.nut, chosen.nut),
        ] {
            if own.port() == 0 {
                own.set_port(chosen.port());
            }
        }
        if let (Some(own), Some(chosen)) = (&mut self.agent, chosen.agent)
            && own.port() == 0
        {
            own.set_port(chosen.port());
        }
        self
    }

    /// The command-line arguments that say the same.
    pub fn arguments(&self) -> Vec<String> {
        let [web, modbus, nut] = [self.web, self.modbus, self.nut].map(|address| address.to_string());
        let mut arguments = vec![
            "--listen-web".into(),
            web,
            "--listen-modbus".into(),
            modbus,
            "--listen-nut".into(),
            nut,
        ];
        if let Some(agent) = self.agent {
            arguments.extend(["--listen-agent".into(), agent.to_string()]);
        }
        arguments
    }
}

impl Default for Listeners {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Addresses that a command line may put over those of the configuration.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct Overrides {
    /// Address of the web page; port 0 picks a free one.
    #[arg(long)]
    listen_web: Option<SocketAddr>,
    /// Address of the Modbus server; port 0 picks a free one.
    #[arg(long)]
    listen_modbus: Option<SocketAddr>,
    /// Address of the NUT server; port 0 picks a free one.
    #[arg(long)]
    listen_nut: Option<SocketAddr>,
    /// Address of the agents' server, where the configuration has one; port 0 picks a free one.
    #[arg(long)]
    listen_agent: Option<SocketAddr>,
}

impl Overrides {
    /// The addresses in force.
    pub fn over(&self, configured: Listeners) -> Listeners {
        Listeners {
            web: self.listen_web.unwrap_or(configured.web),
            modbus: self.listen_modbus.unwrap_or(configured.modbus),
            nut: self.listen_nut.unwrap_or(configured.nut),
            agent: configured
                .agent
                .map(|configured| self.listen_agent.unwrap_or(configured)),
        }
    }
}
