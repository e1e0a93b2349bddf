# syntax=docker/dockerfile:1
FROM golang:1.26-bookworm AS build
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

FROM gcr.io/distroless/base-debian12:nonroot
COPY --from=build /out/usr/bin/sealkeeper /usr/bin/sealkeeper
COPY --from=build /out/usr/share/doc/sealkeeper /usr/share/doc/sealkeeper
COPY --from=build --chown=65532:65532 /out/var/lib/sealkeeper /var/lib/sealkeeper
COPY --from=build --chown=65532:65532 /out/run/sealkeeper /run/sealkeeper
USER 65532:65532
EXPOSE 8420
HEALTHCHECK --interval=10s --timeout=5s CMD ["/usr/bin/sealkeeper", "healthcheck", "--config", "/etc/sealkeeper/config.yaml"]
ENTRYPOINT ["/usr/bin/sealkeeper"]
CMD ["serve", "--config", "/etc/sealkeeper/config.yaml"]
