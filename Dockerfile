# The manager and afroctl in an image that holds nothing else: no shell, no package, no user but one.
#
#   docker build --build-arg VERSION=v0.1.0 -t ghcr.io/afrotomation/afroapp:v0.1.0 .
#   docker buildx build --platform linux/amd64,linux/arm64 ...

# Builds on the machine's own architecture and cross-compiles, which is many times faster than emulation.
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
ARG TARGETOS TARGETARCH VERSION=dev COMMIT=dev
ENV CGO_ENABLED=0 GOTOOLCHAIN=local GOCACHE=/cache/go-build
WORKDIR /src

# Modules first: they change less often than the source.
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download

COPY . .
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/cache/go-build \
    GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -buildvcs=false \
      -ldflags "-s -w -X github.com/afrotomation/afroapp/internal/version.Version=$VERSION -X github.com/afrotomation/afroapp/internal/version.Commit=$COMMIT" \
      -o /out/ ./cmd/manager ./cmd/afroctl

FROM scratch
LABEL org.opencontainers.image.source=https://github.com/afrotomation/afroapp \
      org.opencontainers.image.licenses=Apache-2.0
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/manager /out/afroctl /
# A number, because runAsNonRoot cannot check a name.
USER 65532:65532
ENTRYPOINT ["/manager"]
