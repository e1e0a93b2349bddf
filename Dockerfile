# syntax=docker/dockerfile:1@sha256:ecfaec9ed6d810b56388c508f4121597bfbba70d41a6dfeee4d8cad5f295fc32
FROM golang:1.26.9-bookworm@sha256:d9c68c2c51161e12fd77e4c6320687c9cd86e1af1e3ad6e6cd63ff970641453c AS build
# The compiler is the one that go.mod names, fetched and checked like any module where the image has another; "local" is
# the image's own.
ARG GOTOOLCHAIN=auto
ENV GOTOOLCHAIN=$GOTOOLCHAIN
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# cgo, because SQLite is C; the final image therefore has glibc.
RUN CGO_ENABLED=1 go build -trimpath -buildvcs=false -ldflags='-s -w' -o /out/usr/bin/sealkeeper ./cmd/sealkeeper
# The licences of what is in the program go where the program goes.
RUN mkdir -p /out/usr/share/doc/sealkeeper && cp LICENSE /out/usr/share/doc/sealkeeper/ && \
    go run tools/notices/main.go ./cmd/sealkeeper >/out/usr/share/doc/sealkeeper/NOTICE
# An empty named volume takes the owner of the folder it is mounted over.
RUN mkdir -p /out/var/lib/sealkeeper /out/run/sealkeeper/approle

FROM gcr.io/distroless/base-debian12:nonroot@sha256:b12529fbbd0bb15eea8905f69d83148679e0b4d7d434c8808100792029b1caae
COPY --from=build /out/usr/bin/sealkeeper /usr/bin/sealkeeper
COPY --from=build /out/usr/share/doc/sealkeeper /usr/share/doc/sealkeeper
COPY --from=build --chown=65532:65532 /out/var/lib/sealkeeper /var/lib/sealkeeper
COPY --from=build --chown=65532:65532 /out/run/sealkeeper /run/sealkeeper
USER 65532:65532
EXPOSE 8420
HEALTHCHECK --interval=10s --timeout=5s CMD ["/usr/bin/sealkeeper", "healthcheck", "--config", "/etc/sealkeeper/config.yaml"]
ENTRYPOINT ["/usr/bin/sealkeeper"]
CMD ["serve", "--config", "/etc/sealkeeper/config.yaml"]
