# The bundled service and Locust's processes, for docker-compose.yml. No engine runs where this is tested: see the README.
FROM python:3.11.13-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PYTHONPATH=/app

WORKDIR /app

# Exact versions with hashes; in a layer of their own, since they change less often than the code.
COPY requirements/run.txt requirements/run.txt
RUN pip install --no-cache-dir --require-hashes -r requirements/run.txt

COPY harness harness
COPY scenarios scenarios
COPY contracts contracts

RUN useradd --system --uid 10001 --create-home harness \
    && install -d -o harness -g harness /data
USER 10001

CMD ["python", "-m", "harness.reference.orders", "--host", "0.0.0.0", "--port", "8000"]
