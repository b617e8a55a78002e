"""What sends logs: for each sender a note, the files of `snippets/` it is told by, and where it then sends."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """A file or a command of a sender."""

    file: str
    where: str
    """Where it is to stand, or what it is."""
    to: str | None = None
    """The path that the sender then posts to; None where it posts to none."""
    adds: str = ""
    """The end of that path which the sender adds by itself."""


@dataclass(frozen=True, slots=True)
class Shipper:
    """What sends logs."""

    id: str
    name: str
    note: str
    files: tuple[Asked, ...]


SHIPPERS: tuple[Shipper, ...] = (
    Shipper(
        "fluent-bit",
        "Fluent Bit",
        (
            "Tracebacks may come a line a record: they are joined again here, by pod, container and file. "
            "`header_tag` tells files apart."
        ),
        (
            Asked("fluent-bit.yaml", "`fluent-bit.yaml`", "/ingest"),
            Asked("fluent-bit.conf", "or the classic `fluent-bit.conf`", "/ingest"),
        ),
    ),
    Shipper(
        "fluentd",
        "Fluentd",
        (
            "By itself Fluentd sends neither tag nor time, so they are put into the record. Where another `<match>` "
            "takes the events already, put both into a `copy` output."
        ),
        (Asked("fluentd.conf", "`fluent.conf`", "/ingest"),),
    ),
    Shipper(
        "vector",
        "Vector",
        "`inputs` names the sources or transforms whose events are to come.",
        (Asked("vector.yaml", "`vector.yaml`", "/ingest"),),
    ),
    Shipper(
        "logstash",
        "Logstash",
        "One more output beside those you have.",
        (Asked("logstash.conf", "in the pipeline's `.conf`", "/ingest"),),
    ),
    Shipper(
        "beats",
        "Filebeat",
        (
            "Tracelore answers as Elasticsearch does, for every Beat and client. A Beat has one output: where it is "
            "taken, send from Logstash."
        ),
        (Asked("filebeat.yml", "`filebeat.yml`", "/elastic/_bulk", adds="/_bulk"),),
    ),
    Shipper(
        "syslog-ng",
        "syslog-ng",
        "Needs its module for HTTP (`syslog-ng-mod-http` on Debian). `s_src` is the name of Debian's own source.",
        (Asked("syslog-ng.conf", "`/etc/syslog-ng/conf.d/tracelore.conf`", "/ingest"),),
    ),
    Shipper(
        "rsyslog",
        "rsyslog",
        (
            "Debian ships `omelasticsearch` (package `rsyslog-elasticsearch`); `omhttp` comes with rsyslog's own "
            "packages."
        ),
        (
            Asked("rsyslog-omelasticsearch.conf", "`/etc/rsyslog.d/tracelore.conf`", "/_bulk", adds="/_bulk"),
            Asked("rsyslog-omhttp.conf", "or, with `omhttp`", "/ingest"),
        ),
    ),
    Shipper(
        "alloy",
        "Grafana Alloy",
        (
            "Add `loki.write.tracelore.receiver` to the `forward_to` of what reads your logs; every other client of "
            "Loki takes the same address."
        ),
        (Asked("config.alloy", "`config.alloy`", "/loki/api/v1/push"),),
    ),
    Shipper(
        "opentelemetry",
        "OpenTelemetry",
        "Logs with their exceptions. Traces may come too, at `/v1/traces`: of them only the exceptions are read.",
        (
            Asked("otel.sh", "environment of the program", "/v1/logs"),
            Asked("otel-collector.yaml", "or in the collector's `config.yaml`", "/v1/logs", adds="/v1/logs"),
        ),
    ),
    Shipper(
        "sentry",
        "Sentry SDK",
        (
            "The most there is to know: frames, release, and the version of every package. The key stands in the DSN; "
            "the number at its end may be any."
        ),
        (
            Asked("sentry.sh", "environment of the program", "/api/1/envelope/", adds="/api/1/envelope/"),
            Asked("sentry.py.txt", "or in Python", "/api/1/envelope/", adds="/api/1/envelope/"),
        ),
    ),
    Shipper(
        "splunk",
        "Splunk HEC",
        (
            "Whatever speaks to an HTTP Event Collector. A universal forwarder speaks Splunk's own protocol, also "
            "over HTTP, and can't send here: let a collector read the same files."
        ),
        (
            Asked("splunk-collector.yaml", "in the collector's `config.yaml`", "/services/collector"),
            Asked("splunk.sh", "or by hand", "/services/collector/event"),
        ),
    ),
    Shipper(
        "docker",
        "Docker",
        (
            "By Loki's driver, for every container that is made from then on. For a few only, give `--log-driver` and "
            "`--log-opt` to `docker run`."
        ),
        (
            Asked("docker-plugin.sh", "once on each host"),
            Asked("docker-daemon.json", "`/etc/docker/daemon.json`", "/loki/api/v1/push"),
        ),
    ),
    Shipper(
        "datadog",
        "Datadog Agent",
        "A second endpoint: what goes to Datadog goes on going there.",
        (Asked("datadog.yaml", "`datadog.yaml`", "/api/v2/logs", adds="/api/v2/logs"),),
    ),
    Shipper(
        "gelf",
        "GELF",
        "Graylog's format over HTTP; UDP and TCP are not spoken here.",
        (Asked("gelf.py.txt", "in Python, with `pygelf`", "/gelf"), Asked("gelf.sh", "or by hand", "/gelf")),
    ),
    Shipper(
        "journal",
        "systemd journal",
        (
            "Then `systemctl enable --now systemd-journal-upload`. The key is part of the address: it goes into no "
            "log of ours."
        ),
        (Asked("journal-upload.conf", "`/etc/systemd/journal-upload.conf`", "/journal/@KEY@/upload", adds="/upload"),),
    ),
    Shipper(
        "alertmanager",
        "Alertmanager",
        (
            "Alerts whose annotations hold a traceback. Take what stands under `tracelore` into the configuration you "
            "have."
        ),
        (Asked("alertmanager.yml", "`alertmanager.yml`", "/hooks/alertmanager"),),
    ),
    Shipper(
        "github",
        "GitHub",
        (
            "Crashes in issues and comments. GitHub signs what it sends, so it needs no key but a secret that both "
            "sides know; its crashes stand under the source `hook-github`."
        ),
        (
            Asked("github.sh", "makes the webhook", "/hooks/github"),
            Asked("github-secret.sh", "environment of this server"),
        ),
    ),
    Shipper(
        "cloudwatch",
        "Amazon CloudWatch",
        "By Data Firehose, which asks for https on port 443. Its own S3 bucket takes what could not be delivered.",
        (
            Asked("firehose.json", "`tracelore.json`", "/hooks/firehose"),
            Asked("firehose.sh", "makes the stream and sends a log group to it"),
        ),
    ),
    Shipper(
        "pubsub",
        "Google Cloud Logging",
        "By a push subscription of Pub/Sub, which asks for https.",
        (Asked("pubsub.sh", "makes topic, sink and subscription", "/hooks/pubsub"),),
    ),
    Shipper(
        "eventgrid",
        "Azure Event Grid",
        "Asks for https. The question by which Azure checks the address is answered.",
        (Asked("eventgrid.sh", "makes the subscription", "/hooks/eventgrid"),),
    ),
    Shipper(
        "curl",
        "curl",
        "Any text, JSON or NDJSON; `--data-binary` keeps the line breaks that `--data` takes out.",
        (Asked("curl.sh", "sends a file", "/ingest"),),
    ),
)
