"""Nothing is fetched while a job runs."""


def hf_hub_download(repo_id, filename, **_):
    raise OSError(f"{repo_id}/{filename} is not there, and there is no network.")
