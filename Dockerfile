# Two images with the same binary: "final" (the default) holds nothing else, "ci" adds a shell, because the runners of
# GitLab and Bitbucket start one inside the job's image.
#
#   docker build --tag kolega-gate .
#   docker build --target ci --tag kolega-gate:ci .
#   docker run --rm --user "$(id -u):$(id -g)" --volume "$PWD:/workspace" --env KOLEGA_TOKEN kolega-gate run
#
# --user: a user of the image could not write reports into the workspace of a runner.
FROM debian:bookworm-slim@sha256:96e378d7e6531ac9a15ad505478fcc2e69f371b10f5cdf87857c4b8188404716 AS build
WORKDIR /src
COPY tools/deps tools/deps
RUN apt-get update \
 && apt-get install -y --no-install-recommends busybox-static ca-certificates \
 && tools/deps build | xargs apt-get install -y --no-install-recommends \
 && rm -rf /var/lib/apt/lists/*
COPY CMakeLists.txt CMakePresets.json ./
COPY src src
COPY policies policies
# Warnings are the developers' business: another compiler must not fail the build of a user.
# The cache only makes a second build quicker; nothing of it gets into an image.
RUN --mount=type=cache,target=/root/.cache/ccache \
    cmake --preset release -DKOLEGA_TESTS=OFF -DKOLEGA_WERROR=OFF \
 && cmake --build --preset release --target kolega-gate \
 && mkdir -p /ci/bin \
 && mkdir -m 1777 /ci/tmp \
 && cp /bin/busybox /ci/bin/busybox \
 && /bin/busybox --list | while read -r name; do [ "$name" = busybox ] || ln -s busybox "/ci/bin/$name"; done

FROM scratch AS ci
ARG VERSION=0.1.0
ARG REVISION=""
COPY --from=build /ci /
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /src/policies /usr/share/kolega-gate/policies
COPY --from=build /src/build/release/kolega-gate /usr/local/bin/kolega-gate
LABEL org.opencontainers.image.title="kolega-gate" \
      org.opencontainers.image.description="CI/CD security gate on the Kolega DevSec API, with a shell for job images" \
      org.opencontainers.image.source="https://github.com/kolega-ai/kolega-gate" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/usr/local/bin:/bin
USER 65532:65532
WORKDIR /workspace
ENTRYPOINT ["/usr/local/bin/kolega-gate"]

FROM scratch AS final
ARG VERSION=0.1.0
ARG REVISION=""
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /src/policies /usr/share/kolega-gate/policies
COPY --from=build /src/build/release/kolega-gate /usr/local/bin/kolega-gate
LABEL org.opencontainers.image.title="kolega-gate" \
      org.opencontainers.image.description="CI/CD security gate on the Kolega DevSec API" \
      org.opencontainers.image.source="https://github.com/kolega-ai/kolega-gate" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0"
USER 65532:65532
WORKDIR /workspace
ENTRYPOINT ["/usr/local/bin/kolega-gate"]
