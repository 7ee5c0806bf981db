# syntax=docker/dockerfile:1

# The build stage has pip; the final stage has neither pip nor a compiler.
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/daypass
COPY server/requirements.txt server/requirements.txt
# Wheels only, checked against the lock's hashes.
RUN /opt/daypass/bin/pip install --no-deps --require-hashes --only-binary :all: -r server/requirements.txt
COPY tests/requirements.txt tests/requirements.txt
RUN grep -A 4 '^setuptools==' tests/requirements.txt > setuptools.txt \
  && python -m venv /opt/build \
  && /opt/build/bin/pip install --no-deps --require-hashes --only-binary :all: -r setuptools.txt
COPY pyproject.toml README.md LICENSE ./
COPY server/daypass server/daypass
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
  && /opt/daypass/bin/pip install --no-deps /wheels/*.whl \
  && /opt/daypass/bin/pip uninstall --yes pip setuptools

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="daypass" \
      org.opencontainers.image.description="A self-hosted Security Token Service" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --system --gid 10001 daypass \
  && useradd --system --uid 10001 --gid daypass --no-create-home --shell /usr/sbin/nologin daypass \
  && install --directory --owner daypass --group daypass --mode 0700 /var/lib/daypass \
  && rm -rf /usr/local/lib/python3.11/site-packages/pip /usr/local/bin/pip*
COPY --from=build /opt/daypass /opt/daypass
# The root file system may be read-only: all that is written lies in the volume.
VOLUME /var/lib/daypass
WORKDIR /var/lib/daypass
ENV PATH=/opt/daypass/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DAYPASS_STATE_DIR=/var/lib/daypass \
    DAYPASS_DIRECTORY=/etc/daypass/directory
USER 10001:10001
EXPOSE 50051 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["python", "-I", "-m", "daypass", "health"]
# -I: nothing of the working folder or the environment is imported (attacks L19).
ENTRYPOINT ["python", "-I", "-m", "daypass"]
CMD ["serve"]
