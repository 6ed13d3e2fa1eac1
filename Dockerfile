# The platform for compose.yaml: worker and web server of `python app.py`, as a user without rights.
FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --create-home kezhuan && install -d -o kezhuan /data
WORKDIR /srv/kezhuan
COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
RUN pip install --no-cache-dir --no-build-isolation --no-deps -e .
USER kezhuan
ENV KEZHUAN_ENV=production INSTANCE_PATH=/data HOST=0.0.0.0 PORT=8000
CMD ["python", "app.py"]
