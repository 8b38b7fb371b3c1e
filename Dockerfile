# Builds with a compiler at hand (better-sqlite3 is compiled where its prebuilt binary cannot be had), runs without one.
FROM node:20-bookworm-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 make g++ \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts && npm rebuild better-sqlite3
COPY tsconfig.json ./
COPY src ./src
COPY assets ./assets
COPY mappings ./mappings
COPY profiles ./profiles
RUN npm run build && rm dist/.tsbuildinfo && npm prune --omit=dev --ignore-scripts

FROM node:20-bookworm-slim
ENV NODE_ENV=production \
    WARDBRIDGE_STORE=/data/wardbridge.db \
    WARDBRIDGE_HOST=0.0.0.0 \
    WARDBRIDGE_PORT=8080
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/assets ./assets
COPY --from=build /app/mappings ./mappings
COPY --from=build /app/profiles ./profiles
COPY LICENSE README.md CHANGELOG.md ./
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["node", "dist/healthcheck.js"]
ENTRYPOINT ["node", "dist/cli.js"]
CMD ["serve"]
