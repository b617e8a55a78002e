FROM python:3.12-slim AS build

COPY requirements.txt /
# Wheels only, each checked against its hash; the venv keeps no pip that could install more later.
RUN python -m venv --without-pip /venv \
 && python -m pip --disable-pip-version-check --no-cache-dir --python /venv/bin/python \
      install --require-hashes --only-binary :all: --requirement /requirements.txt

COPY LICENSE /srv/tracelore/
COPY signatures /srv/tracelore/signatures
COPY migrations /srv/tracelore/migrations
COPY app /srv/tracelore/app
# Compiled here, because nothing can be written beside the code later.
RUN python -m compileall -q /srv/tracelore/app


FROM python:3.12-slim

LABEL org.opencontainers.image.title="Tracelore" \
      org.opencontainers.image.description="Here is a crash: is it a known bug, what causes it, which version fixes it, and how sure are you?" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.authors="The Tracelore authors"

RUN groupadd --gid 10001 tracelore \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin tracelore \
 && install --directory --owner 10001 --group 10001 --mode 0700 /data

COPY --from=build /venv /venv
COPY --from=build /srv/tracelore /srv/tracelore

# The root file system may be read-only: whatever is written, also a temporary file, is in /data.
ENV PATH="/venv/bin:$PATH" \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TMPDIR=/data \
    TRACELORE_HOST=0.0.0.0 \
    TRACELORE_PORT=8000 \
    TRACELORE_DATABASE_URL=sqlite:////data/tracelore.db \
    TRACELORE_CACHE=/data/cache

WORKDIR /srv/tracelore
USER 10001:10001
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM

# Not urllib: a proxy set for the container would be asked for 127.0.0.1.
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 \
  CMD ["python", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['TRACELORE_PORT']), timeout=4); c.request('GET', '/healthz'); sys.exit(c.getresponse().status != 200)"]

ENTRYPOINT ["python", "-m", "app.cli"]
CMD ["serve"]
