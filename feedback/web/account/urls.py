"""Addresses of sign-in and account, under /can-bo/; allauth's names where its code asks for them, no others."""

from __future__ import annotations

from django.urls import path
from django.views.generic import RedirectView

from feedback.web.account import factors, home, kept, link, sign_in, single_sign_on

_OFFICE = {"provider_id": single_sign_on.PROVIDER}

urlpatterns = [
    path("dang-nhap/", sign_in.sign_in, name="desk_login"),
    path("dang-nhap/", sign_in.sign_in, name="account_login"),
    path("dang-nhap/ma/", sign_in.second_factor, name="mfa_authenticate"),
    path("dang-nhap/khoa/", sign_in.passkey_sign_in, name="mfa_login_webauthn"),
    path("dang-nhap/co-quan/", single_sign_on.begin, _OFFICE, name="openid_connect_login"),
    path("dang-nhap/co-quan/tra-ve/", single_sign_on.come_back, _OFFICE, name="openid_connect_callback"),
    path("dang-nhap/co-quan/thoi/", single_sign_on.cancelled, name="socialaccount_login_cancelled"),
    path("dang-nhap/lien-ket/<uidb64>/<token>/", link.choose_password, name="account_link"),
    path("dang-xuat/", sign_in.sign_out, name="logout"),
    path("tai-khoan/", home.home, name="account_home"),
    path("tai-khoan/", home.home, name="mfa_index"),
    path("tai-khoan/bat-buoc/", home.set_up, name="account_set_up"),
    path("tai-khoan/con-day/", home.still_here, name="account_still_here"),
    path("tai-khoan/mat-khau/", home.change_password, name="account_password"),
    path("tai-khoan/thiet-bi/ket-thuc/", home.end_others, name="account_end_others"),
    path("tai-khoan/dong-nghiep/", home.colleagues, name="account_colleagues"),
    path("tai-khoan/da-go/<int:number>/", kept.kept_text, name="account_kept"),
    path("tai-khoan/da-go/<int:number>/bo/", kept.throw_away, name="account_kept_drop"),
    path("tai-khoan/xac-nhan/", factors.again_by_password, name="account_reauthenticate"),
    path("tai-khoan/xac-nhan/ma/", factors.again_by_code, name="mfa_reauthenticate"),
    path("tai-khoan/xac-nhan/khoa/", factors.again_by_passkey, name="mfa_reauthenticate_webauthn"),
    path("tai-khoan/ung-dung/", factors.new_app, name="mfa_activate_totp"),
    path("tai-khoan/ung-dung/bo/", factors.remove_app, name="mfa_deactivate_totp"),
    path("tai-khoan/ma-du-phong/", factors.codes, name="mfa_view_recovery_codes"),
    path("tai-khoan/ma-du-phong/moi/", factors.new_codes, name="mfa_generate_recovery_codes"),
    path("tai-khoan/khoa/", RedirectView.as_view(pattern_name="account_home"), name="mfa_list_webauthn"),
    path("tai-khoan/khoa/them/", factors.new_passkey, name="mfa_add_webauthn"),
    path("tai-khoan/khoa/<int:pk>/bo/", factors.remove_passkey, name="mfa_remove_webauthn"),
]
