# The commands and the website in one image: `docker build -t radiogram .`; compose.yaml runs it beside Kubo.
# docs/install.md says what of this was checked.

FROM node:22.20.0-bookworm-slim AS pages
WORKDIR /build/web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci --omit=dev --ignore-scripts
COPY web ./
RUN npm run build

# A chain to try it on, in the place of a real one.
FROM node:22.20.0-bookworm-slim AS chain
WORKDIR /opt/chain
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts && mkdir /var/lib/chain && chown 1000:1000 /var/lib/chain
USER 1000:1000
VOLUME /var/lib/chain
EXPOSE 8545
HEALTHCHECK --interval=10s --start-period=20s CMD ["node", "-e", "fetch('http://127.0.0.1:8545', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"eth_chainId\"}'}).then((reply) => process.exit(reply.ok ? 0 : 1), () => process.exit(1))"]
# Ape's test accounts, as on the chain that the commands start themselves. Ganache prints their keys, which anyone knows.
ENTRYPOINT ["node_modules/.bin/ganache", "--server.host", "0.0.0.0", "--database.dbPath", "/var/lib/chain/db", "--chain.hardfork", "shanghai", "--chain.chainId", "1337", "--chain.networkId", "1337", "--wallet.mnemonic", "test test test test test test test test test test test junk"]

FROM python:3.12.12-slim-bookworm AS packages
WORKDIR /build
COPY requirements.txt ./
COPY tools/installer.txt tools/
RUN python3 -m venv /opt/installer && /opt/installer/bin/python -m pip install --no-cache-dir --require-hashes -r tools/installer.txt
RUN /opt/installer/bin/uv venv --python "$(command -v python3)" /opt/radiogram \
    && /opt/installer/bin/uv pip sync --no-cache --python /opt/radiogram --compile-bytecode --require-hashes requirements.txt
COPY pyproject.toml setup.py README.md LICENSE ./
COPY ape-ganache ape-ganache
COPY radiogram radiogram
COPY --from=pages /build/web/dist web/dist
RUN /opt/installer/bin/uv pip install --no-cache --python /opt/radiogram --no-deps --compile-bytecode \
    --build-constraints tools/installer.txt . ./ape-ganache

FROM python:3.12.12-slim-bookworm AS site
RUN useradd --uid 10001 --user-group --home-dir /var/lib/radiogram --create-home radiogram
COPY --from=packages /opt/radiogram /opt/radiogram
ENV PATH=/opt/radiogram/bin:$PATH PYTHONUNBUFFERED=1 RADIOGRAM_HOME=/var/lib/radiogram
USER 10001:10001
WORKDIR /var/lib/radiogram
VOLUME /var/lib/radiogram
EXPOSE 8000
HEALTHCHECK --interval=10s --start-period=30s CMD ["python3", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/site.json', timeout=5)"]
ENTRYPOINT ["radiogram"]
CMD ["web", "--host", "0.0.0.0", "--open-to-network"]
